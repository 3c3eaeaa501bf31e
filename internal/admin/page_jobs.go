package admin

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Jobs is /admin/jobs: the background jobs, in several views.
type Jobs struct {
	appos.Returns[ui.Node]

	View  string // "" is the queues
	State string // of the list
	Queue string
	Kind  string
}

// The views of Jobs.
const (
	viewJobs      = "jobs"
	viewNodes     = "nodes"
	viewSchedules = "schedules"
)

func (k console) jobs(c *ui.Ctx, in Jobs) (ui.Node, error) {
	d := k.deps()
	switch what := c.Posting("name"); c.Posting(do) {
	case "":
	case "pause":
		return change(c, platform.PauseQueue{Queue: what}, "The queue "+what+" is paused")
	case "resume":
		return change(c, platform.ResumeQueue{Queue: what}, "The queue "+what+" goes on")
	case "run":
		return change(c, platform.RunSchedule{Schedule: what}, "The job was enqueued")
	default:
		return nil, unknown(c)
	}
	var body ui.Node
	var err error
	switch in.View {
	case "":
		body, err = d.queueSheet(c)
	case viewJobs:
		body = d.jobTable(c, in)
	case viewNodes:
		body, err = d.nodeSheet(c)
	case viewSchedules:
		body, err = d.scheduleSheet(c)
	default:
		return nil, appos.Errorf(appos.NotFound, "there is no view %q of jobs", in.View)
	}
	if err != nil {
		return nil, err
	}
	at := func(label, view string) section { return section{label, Jobs{View: view}, in.View == view} }
	return ui.Screen(c, titles.Jobs.In(c), ui.Sub("What is done in the background, by any node."),
		sections(c, at("Queues", ""), at("Jobs", viewJobs), at("Nodes", viewNodes), at("Schedules", viewSchedules)),
		body), nil
}

// refreshed is how often the views are asked for again, in seconds.
const refreshed = 5

// queueSheet is the queues with how they do.
func (d Deps) queueSheet(c *ui.Ctx) (ui.Node, error) {
	all, err := d.Queue.Overviews(c)
	if err != nil {
		return nil, err
	}
	nodes, err := d.Queue.Nodes(c)
	if err != nil {
		return nil, err
	}
	sheet := sheet{label: "Queues", columns: []string{"Queue", "State", "", "Oldest waits", "Waiting", "Running", "Later", "Retrying", "Failed", "Per minute"}, numbers: 6}
	for _, o := range all {
		state, button := ui.Badge("Open", ui.OK), rowButton(c, "Pause", "Pause the queue "+o.Name, ui.Outline, do, "pause", "name", o.Name)
		if o.Paused {
			state, button = ui.Badge("Paused", ui.Warn), rowButton(c, "Resume", "Resume the queue "+o.Name, ui.Outline, do, "resume", "name", o.Name)
		}
		oldest := muted("–")
		if !o.Oldest.IsZero() {
			oldest = ui.Text(lasting(d.Now().Sub(o.Oldest)))
		}
		row := []ui.Node{code(o.Name), state, button, oldest}
		for _, s := range []queue.State{queue.Waiting, queue.Working, queue.Delayed, queue.Retrying, queue.Dead} {
			row = append(row, d.count(c, o.Name, s, o.Counts[s]))
		}
		sheet.rows = append(sheet.rows, append(row, ui.Text(c.Int(int(o.Minute)))))
	}
	alive := slices.ContainsFunc(nodes, func(n queue.NodeInfo) bool { return n.Alive })
	var warning ui.Node
	if !alive {
		warning = ui.Alert(ui.Warn, "No node runs jobs", "What is enqueued waits. Start a node with workers.enabled.")
	}
	return ui.Stack(warning, ui.FlushCard("Queues", sheet.node()), ui.Poll(c, refreshed)), nil
}

// count is a number of jobs, as a link to them.
func (d Deps) count(c *ui.Ctx, name string, s queue.State, n int64) ui.Node {
	if n == 0 {
		return muted("0")
	}
	return anchor(c.URL(Jobs{View: viewJobs, Queue: name, State: string(s)}), ui.Text(c.Int(int(n))))
}

// jobTable lists jobs, the newest first.
func (d Deps) jobTable(c *ui.Ctx, in Jobs) ui.Node {
	var states, queues, kinds []ui.Option
	for _, s := range queue.States() {
		states = append(states, ui.Option{Value: string(s), Label: jobState(s)})
	}
	for _, name := range queue.QueueNames() {
		queues = append(queues, ui.Option{Value: name, Label: name})
	}
	for _, name := range d.Queue.Kinds() {
		kinds = append(kinds, ui.Option{Value: name, Label: object.Humanize(name)})
	}
	return ui.DataTable(c, ui.Table[queue.Info]{
		ID: "jobs", Name: "jobs", One: "job", Size: 50,
		Filters: []ui.Filter{{Key: "state", Title: "State", Options: states}, {Key: "queue", Title: "Queue", Options: queues}, {Key: "kind", Title: "Kind", Options: kinds}},
		Key:     func(j *queue.Info) string { return strconv.FormatInt(j.ID, 10) },
		URL:     func(j *queue.Info) string { return c.URL(Job{ID: j.ID}) },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[queue.Info], error) {
			t := trailOf(s)
			q := queue.Query{State: queue.State(in.State), Queue: in.Queue, Kind: in.Kind, Limit: s.Size + 1}
			q.Before, _ = strconv.ParseInt(t.cursor(), 10, 64) // what is no number is the first page
			rows, err := d.Queue.Jobs(c, q)
			next := ""
			if len(rows) > s.Size {
				rows = rows[:s.Size]
				next = strconv.FormatInt(rows[s.Size-1].ID, 10)
			}
			return slice(t, rows, next, -1), err
		},
		Columns: []ui.Column[queue.Info]{
			{Key: "id", Title: "Job", Text: func(j *queue.Info) string { return strconv.FormatInt(j.ID, 10) }},
			{Key: "kind", Title: "Kind", Main: true, Text: func(j *queue.Info) string { return object.Humanize(j.Kind) }},
			{Key: "about", Title: "About", Text: func(j *queue.Info) string { return j.Note }},
			{Key: "queue", Title: "Queue", Text: func(j *queue.Info) string { return j.Queue }},
			{Key: "state", Title: "State", Cell: func(j *queue.Info) ui.Node { return jobBadge(j.State) }},
			{Key: "attempts", Title: "Attempts", Number: true, Text: func(j *queue.Info) string {
				return c.Int(j.Attempt) + " / " + c.Int(j.MaxAttempts)
			}},
			{Key: "due", Title: "Due", Text: func(j *queue.Info) string { return c.Time(j.DueAt) }},
			{Key: "failure", Title: "Last failure", Text: func(j *queue.Info) string {
				if len(j.Failures) == 0 {
					return ""
				}
				return shortened(j.Failures[len(j.Failures)-1].Text, 80)
			}},
			{Key: "enqueued", Title: "Enqueued", Hidden: true, Text: func(j *queue.Info) string { return c.Time(j.EnqueuedAt) }},
		},
	})
}

// nodeSheet is the nodes that run jobs.
func (d Deps) nodeSheet(c *ui.Ctx) (ui.Node, error) {
	nodes, err := d.Queue.Nodes(c)
	if err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return ui.Stack(ui.Card("", ui.EmptyState("server", "No node runs jobs", "What is enqueued waits. Start a node with workers.enabled.")), ui.Poll(c, refreshed)), nil
	}
	sheet := sheet{label: "Nodes", columns: []string{"Node", "State", "Last heard of", "Since", "Queues", "Version", "Running"}, numbers: 1}
	for _, n := range nodes {
		state := ui.Badge("Alive", ui.OK)
		if !n.Alive {
			state = ui.Badge("Gone", ui.Err)
		}
		name := ui.Node(code(n.ID))
		if n.ID == d.Queue.Node() {
			name = ui.Row(name, ui.Badge("this one", ui.Muted))
		}
		sheet.rows = append(sheet.rows, []ui.Node{name, state, ui.Text(ago(c, d.Now(), n.BeatAt)), ui.Text(c.Time(n.StartedAt)), ui.Text(n.Queues), ui.Text(n.Version), ui.Text(c.Int(int(n.Running)))})
	}
	return ui.Stack(ui.FlushCard("Nodes", sheet.node()), ui.Poll(c, refreshed)), nil
}

// scheduleSheet is the periodic jobs.
func (d Deps) scheduleSheet(c *ui.Ctx) (ui.Node, error) {
	all, err := d.Queue.Schedules(c)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return ui.Card("", ui.EmptyState("calendar-clock", "Nothing is scheduled", "")), nil
	}
	sheet := sheet{label: "Schedules", columns: []string{"Schedule", "Every", "Last", "Next", ""}}
	for _, s := range all {
		last := muted("never yet")
		if s.LastJob > 0 {
			last = anchor(c.URL(Job{ID: s.LastJob}), ui.Text(ago(c, d.Now(), s.Last)))
		}
		next := muted("when a node runs")
		if !s.Next.IsZero() {
			next = ui.Text(c.Time(s.Next))
		}
		title := object.Humanize(s.Name)
		sheet.rows = append(sheet.rows, []ui.Node{ui.Text(title), ui.Text(lasting(s.Every)), last, next,
			rowButton(c, "Run now", "Run "+title+" now", ui.Outline, do, "run", "name", s.Name)})
	}
	return ui.Stack(ui.FlushCard("Schedules", sheet.node()), ui.Poll(c, 2*refreshed)), nil
}

// jobState is a state in a word.
func jobState(s queue.State) string {
	switch s {
	case queue.Waiting:
		return "Waiting"
	case queue.Working:
		return "Running"
	case queue.Delayed:
		return "Later"
	case queue.Retrying:
		return "Retrying"
	case queue.Done:
		return "Done"
	case queue.Stopped:
		return "Cancelled"
	case queue.Dead:
		return "Failed"
	}
	return object.Humanize(string(s))
}

func jobBadge(s queue.State) ui.Node {
	tone := ui.Muted
	switch s {
	case queue.Working:
		tone = ui.Info
	case queue.Retrying:
		tone = ui.Warn
	case queue.Done:
		tone = ui.OK
	case queue.Dead:
		tone = ui.Err
	}
	return ui.Badge(jobState(s), tone)
}

// Job is /admin/jobs/{id}: one background job with its attempts.
type Job struct {
	appos.Returns[ui.Node]

	ID int64
}

func (k console) job(c *ui.Ctx, in Job) (ui.Node, error) {
	d := k.deps()
	switch c.Posting(do) {
	case "":
	case "retry":
		return change(c, platform.RetryJob{Job: in.ID}, "The job runs again")
	case "cancel":
		return change(c, platform.CancelJob{Job: in.ID}, "The job was cancelled")
	case "discard":
		return change(c, platform.DiscardJob{Job: in.ID}, "The job was discarded")
	default:
		return nil, unknown(c)
	}
	j, err := d.Queue.Find(c, in.ID)
	if errors.Is(err, queue.ErrNotFound) {
		return nil, appos.Errorf(appos.NotFound, "there is no job %d; jobs that have ended are removed after a while", in.ID)
	}
	if err != nil {
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Jobs.In(c), URL: c.URL(Jobs{})})
	var poll ui.Node
	if j.EndedAt.IsZero() {
		poll = ui.Poll(c, refreshed)
	}
	return ui.Screen(c, object.Humanize(j.Kind)+" "+strconv.FormatInt(j.ID, 10),
		ui.Sub(j.Note), ui.Actions(append([]ui.Node{jobBadge(j.State)}, jobActions(c, j)...)...),
		ui.Split(ui.Stack(d.failureCard(c, j), ui.Card("Arguments", code(shortened(j.Args, 4000)))), d.jobCard(c, j)), poll), nil
}

// jobActions are the buttons of what the job's state allows.
func jobActions(c *ui.Ctx, j queue.Info) []ui.Node {
	address := c.Request().URL.RequestURI()
	var all []ui.Node
	if j.State != queue.Working && j.State != queue.Waiting {
		all = append(all, ui.PostButton(c, address, "Run now", ui.Outline, do, "retry"))
	}
	if j.EndedAt.IsZero() {
		all = append(all, confirm(c, "Cancel", "Cancel the job?", "One that waits does not run; one that runs is asked to end.", "Cancel the job", do, "cancel"))
	}
	if j.EndedAt.IsZero() && j.State != queue.Working {
		all = append(all, confirm(c, "Discard", "Discard the job?", "It does not run, and is listed with those that failed.", "Discard the job", do, "discard"))
	}
	return all
}

func (d Deps) failureCard(c *ui.Ctx, j queue.Info) ui.Node {
	if len(j.Failures) == 0 {
		return ui.Card("Failures", muted("No attempt has failed."))
	}
	sheet := sheet{label: "Failures", columns: []string{"Attempt", "When", "What happened"}}
	for _, f := range slices.Backward(j.Failures) {
		sheet.rows = append(sheet.rows, []ui.Node{ui.Text(c.Int(f.Attempt)), ui.Text(c.Time(f.At)), ui.Text(f.Text)})
	}
	return ui.FlushCard("Failures", sheet.node())
}

func (d Deps) jobCard(c *ui.Ctx, j queue.Info) ui.Node {
	user := ui.Node(muted("the system"))
	if j.User != 0 {
		user = ui.Text("user " + strconv.FormatInt(j.User, 10))
		if u, err := d.Security.Account(c, j.User); err == nil {
			user = userLink(c, u.Name)
		}
	}
	at := func(t time.Time) ui.Node {
		if t.IsZero() {
			return muted("–")
		}
		return ui.Text(c.Time(t))
	}
	node := muted("–")
	if j.Node != "" {
		node = code(j.Node)
	}
	pairs := []ui.Pair{
		{Label: "Queue", Value: code(j.Queue)},
		{Label: "Priority", Value: ui.Text(c.Int(j.Priority))},
		{Label: "Attempts", Value: ui.Text(c.Int(j.Attempt) + " of " + c.Int(j.MaxAttempts))},
		{Label: "Runs as", Value: user},
		{Label: "Enqueued", Value: at(j.EnqueuedAt)},
		{Label: "Due", Value: at(j.DueAt)},
		{Label: "Began last", Value: at(j.StartedAt)},
		{Label: "On", Value: node},
		{Label: "Ended", Value: at(j.EndedAt)},
	}
	if !j.StartedAt.IsZero() && !j.EndedAt.IsZero() {
		pairs = append(pairs, ui.Pair{Label: "Took", Value: ui.Text(took(c, j.EndedAt.Sub(j.StartedAt)))})
	}
	return ui.Card("Job", ui.KV(pairs...))
}
