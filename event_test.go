package appos_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

// A workshop, whose rules follow what happens to its jobs.

var workshop = appos.NewApp("workshop", []byte("app:\n  name: Workshop\n  groups: [smiths, apprentices]\n  security:\n    defaults:\n      logic: {groups: [smiths]}\n"))

const (
	smiths      appos.Group = "smiths"
	apprentices appos.Group = "apprentices"
)

// The declarations that follow stand before what they are about on purpose: the
// compiler finds their types in any order.
var (
	_ = appos.OnCreate(workshop, func(j Job) NoteJob { return NoteJob{Did: "took " + j.Title, Secret: j.Price} })
	_ = appos.OnUpdate(workshop, func(before, after Job) *NoteJob {
		if before.Title == after.Title {
			return nil
		}
		return &NoteJob{Did: before.Title + " became " + after.Title}
	})
	_ = appos.OnUpdate(workshop, func(_, after Job) *PriceJob {
		if after.Hours == 0 {
			return nil
		}
		return &PriceJob{Job: after.ID, Price: after.Hours * 10}
	})
	_ = appos.OnDelete(workshop, func(j Job) NoteJob { return NoteJob{Did: "dropped " + j.Title} })
	_ = appos.OnCreate(workshop, func(l Loop) Around { return Around{Loop: l.ID, N: 1} })
	_ = appos.OnUpdate(workshop, func(_, after Loop) Around { return Around{Loop: after.ID, N: after.N + 1} })

	_ = appos.Record[Job](workshop, workshopCRUD, appos.Audited, appos.SoftDeleted)
	_ = appos.Record[Note](workshop, workshopCRUD)
	_ = appos.Record[Loop](workshop, workshopCRUD)
	_ = appos.Rule(workshop, noteJob)
	_ = appos.Rule(workshop, priceJob)
	_ = appos.Rule(workshop, around)

	workshopCRUD = appos.CRUD{
		View: appos.Allow(smiths, apprentices), Create: appos.Allow(smiths, apprentices), Update: appos.Allow(smiths, apprentices), Delete: appos.Allow(smiths, apprentices),
	}
)

type Job struct {
	appos.Entity[Job]

	Title string `validate:"required" appos:"display"`
	Hours int
	Price int `appos:"view=managers,update=smiths"`
}

type Note struct {
	appos.Entity[Note]

	Text string
}

type Loop struct {
	appos.Entity[Loop]

	N int
}

// NoteJob writes down what happened.
type NoteJob struct {
	appos.Returns[appos.None]

	Did    string `validate:"max=40"`
	Secret int
}

func noteJob(ctx context.Context, in NoteJob) (appos.None, error) {
	if strings.Contains(in.Did, "impossible") {
		return appos.None{}, appos.Errorf(appos.Conflict, "nobody can do that")
	}
	if in.Secret > 0 {
		in.Did = fmt.Sprint(in.Did, " for ", in.Secret)
	}
	_, err := appos.Create(ctx, Note{Text: in.Did})
	return appos.None{}, err
}

// PriceJob changes the row whose change it follows.
type PriceJob struct {
	appos.Returns[appos.None]

	Job   appos.ID[Job]
	Price int
}

func priceJob(ctx context.Context, in PriceJob) (appos.None, error) {
	_, err := appos.Update(ctx, in.Job, func(j *Job) { j.Price = in.Price })
	return appos.None{}, err
}

// Around changes the row whose change it follows, every time.
type Around struct {
	appos.Returns[appos.None]

	Loop appos.ID[Loop]
	N    int
}

func around(ctx context.Context, in Around) (appos.None, error) {
	_, err := appos.Update(ctx, in.Loop, func(l *Loop) { l.N = in.N })
	return appos.None{}, err
}

func notes(t *testing.T, ctx context.Context) []string {
	t.Helper()
	rows, err := appos.Find[Note](ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range rows {
		all = append(all, n.Text)
	}
	return all
}

func TestEvents(t *testing.T) {
	env := appostest.New(t, workshop)
	ctx := env.As(smiths)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	job, err := appos.Create(ctx, Job{Title: "gate"})
	must(err)
	_, err = appos.Update(ctx, job.ID, func(j *Job) { j.Title = "fence" })
	must(err)
	_, err = appos.Update(ctx, job.ID, func(j *Job) {}) // no change, nothing follows
	must(err)
	must(appos.Delete(ctx, job.ID))
	must(appos.CreateAll(ctx, []Job{{Title: "one"}, {Title: "two", Price: 7}})) // whole rows, in order
	want := []string{"took gate", "gate became fence", "dropped fence", "took one", "took two for 7"}
	if got := notes(t, ctx); !slices.Equal(got, want) {
		t.Errorf("notes are %q, want %q", got, want)
	}
}

// What follows a change may change the row again; who made the first change gets
// the row as it is in the end.
func TestEventThatChangesTheRowAgain(t *testing.T) {
	env := appostest.New(t, workshop)
	ctx := env.As(smiths)
	job, err := appos.Create(env.System(), Job{Title: "gate"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := appos.Update(ctx, job.ID, func(j *Job) { j.Hours = 3 })
	if err != nil {
		t.Fatal(err)
	}
	stored, err := appos.Get(env.System(), job.ID)
	if err != nil || stored.Price != 30 || got.Version != stored.Version {
		t.Errorf("got version %d, stored is %+v, %v", got.Version, stored, err)
	}
	if got.Price != 0 {
		t.Errorf("the price, which the user may not view, came back as %d", got.Price)
	}
}

// What a rule fails with undoes the change that it follows, and all before it.
func TestEventThatFails(t *testing.T) {
	env := appostest.New(t, workshop)
	ctx := env.As(smiths)
	for name, work := range map[string]func() error{
		"create": func() error { _, err := appos.Create(ctx, Job{Title: "impossible"}); return err },
		"create all": func() error {
			return appos.CreateAll(ctx, []Job{{Title: "possible"}, {Title: "impossible"}})
		},
		"a transaction that goes on regardless": func() error {
			return appos.Tx(ctx, func(ctx context.Context) error {
				if _, err := appos.Create(ctx, Job{Title: "possible"}); err != nil {
					return err
				}
				_, err := appos.Create(ctx, Job{Title: "impossible"})
				if !errors.Is(err, appos.Conflict) {
					t.Errorf("inside: %v", err)
				}
				return nil
			})
		},
	} {
		if err := work(); err == nil || !strings.Contains(err.Error(), "nobody can do that") {
			t.Errorf("%s: %v", name, err)
		}
		if n, err := appos.Count[Job](env.System(), nil); err != nil || n != 0 {
			t.Errorf("%s: %d jobs are stored, %v", name, n, err)
		}
		if n := notes(t, ctx); len(n) != 0 {
			t.Errorf("%s: notes are %q", name, n)
		}
	}
	_, err := appos.Create(ctx, Job{Title: strings.Repeat("x", 50)})
	if !errors.Is(err, appos.Invalid) {
		t.Errorf("a message that fails its validate tags: %v", err)
	}
}

// A user who may not use the rule that follows cannot make the change.
func TestEventOfRuleThatMayNotBeUsed(t *testing.T) {
	env := appostest.New(t, workshop)
	_, err := appos.Create(env.As(apprentices), Job{Title: "gate"})
	if !errors.Is(err, appos.Denied) || !strings.Contains(err.Error(), "the job was not created: workshop.rules.note_job follows, which you may not use") {
		t.Errorf("%v", err)
	}
	if n, err := appos.Count[Job](env.System(), nil); err != nil || n != 0 {
		t.Errorf("%d jobs are stored, %v", n, err)
	}
}

func TestEventsWithoutEnd(t *testing.T) {
	env := appostest.New(t, workshop)
	_, err := appos.Create(env.As(smiths), Loop{})
	if err == nil || !strings.Contains(err.Error(), "changes of workshop.records.loop lead to each other without end: workshop.records.loop → workshop.rules.around → workshop.records.loop") {
		t.Errorf("%v", err)
	}
	if n, err := appos.Count[Loop](env.System(), nil); err != nil || n != 0 {
		t.Errorf("%d rows are stored, %v", n, err)
	}
}

type stranger struct {
	appos.Entity[stranger]
}

type unanswered struct{ appos.Returns[appos.None] }

func TestFaultsOfEvents(t *testing.T) {
	app := appos.NewApp("odd", []byte("app:\n  name: Odd\n"))
	appos.OnCreate(app, func(stranger) NoteJob { return NoteJob{} })
	appos.OnDelete(app, func(Job) *unanswered { return nil })
	_, err := appostest.Start(app, workshop)
	for _, want := range []string{
		"event_test.go:", "what follows when appos_test.stranger is created is declared, but that is not a record of this server",
		"what follows when appos_test.Job is deleted is appos_test.unanswered, which no object answers",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("faults %v lack %q", err, want)
		}
	}
}
