package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store"
)

// batchRows is how many rows are stored together.
const batchRows = 1_000

// Gate lets an access in and says what it reaches; package engine has it.
type Gate interface {
	With(ctx context.Context, o *object.Object, p object.Permission, work func(*record.Plan, *record.Access) error) error
}

// Config is what an import is begun with. Every field but Progress is needed.
type Config struct {
	Gate   Gate
	Object *object.Object // the record
	User   string         // whose context Run is called with
	File   string         // where the file is; it must stay there until the import is done
	Name   string         // what the file is called, for people
	Dir    string         // of reports
	Now    func() time.Time

	// Progress is called after every batch, and at the end.
	Progress func(j Job, read int64)
}

// Import is one import under way. It belongs to one goroutine.
type Import struct {
	Config
	job     *Job
	db      store.DB
	o       *Options
	mapper  *mapper
	by      *object.Field // rows are found by it; nil only creates
	self    *object.Field // rows of the second pass are found by it; nil has none
	file    *os.File
	read    atomic.Int64
	src     source
	targets []Target // of the header
	found   []Target // of a row that has names of its own
	row     row
	report  *Report
	lookups map[*object.Field]*lookup
	faults  int64 // of all that was done in this run
}

// New opens the file, maps its columns and notes the import. What is wrong with
// the options, the file or its header is an Invalid error, and nothing is noted.
func New(ctx context.Context, cfg Config, o Options) (*Import, error) {
	im := &Import{Config: cfg, o: &o, lookups: map[*object.Field]*lookup{}}
	if err := o.complete(); err != nil {
		return nil, err
	}
	if err := im.open(ctx); err != nil {
		im.Close()
		return nil, err
	}
	now := cfg.Now().UTC().Truncate(time.Microsecond)
	im.job = &Job{Record: cfg.Object.Ref, User: cfg.User, File: cfg.File, Name: cfg.Name, Options: o, State: Running, StartedAt: now, UpdatedAt: now}
	var err error
	if im.job.Hash, im.job.Size, err = hash(cfg.File); err == nil {
		if err = im.job.insert(ctx, im.db); err == nil {
			im.report, err = openReport(im.ReportPath(), 0)
		}
	}
	if err != nil {
		im.Close()
		return nil, err
	}
	return im, nil
}

// Resume goes on with an import that was cut off, in the file that it began with.
func Resume(ctx context.Context, cfg Config, job *Job) (*Import, error) {
	o := job.Options
	cfg.File, cfg.Name = job.File, job.Name
	im := &Import{Config: cfg, o: &o, job: job, lookups: map[*object.Field]*lookup{}}
	if moved := cfg.Now().Sub(job.UpdatedAt); job.State == Running && moved <= Stalled {
		return nil, object.Errorf(object.Conflict, "import %d moved %s ago and may be running still; it counts as cut off, and can go on, once it has not moved for %s", job.ID, max(moved, 0).Truncate(time.Second), Stalled)
	}
	if !job.Resumable(cfg.Now()) {
		return nil, object.Errorf(object.Conflict, "import %d is %s and has nothing to resume", job.ID, job.State)
	}
	sum, _, err := hash(cfg.File)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, object.Errorf(object.NotFound, "the file of import %d, %q, is not there any more", job.ID, job.Name)
	case err != nil:
		return nil, err
	case sum != job.Hash:
		return nil, object.Errorf(object.Conflict, "the file %q is not what it was when import %d began; start another import", job.Name, job.ID)
	}
	if err := im.open(ctx); err != nil {
		im.Close()
		return nil, err
	}
	if o.OnError == Stop { // nothing of it was stored
		job.Counts = Counts{}
	}
	err = im.skip(job.Rows)
	if err == nil {
		im.report, err = openReport(im.ReportPath(), job.reported)
	}
	if err == nil {
		err = job.take(ctx, im.db, cfg.Now().UTC().Truncate(time.Microsecond))
	}
	if err != nil {
		im.Close()
		return nil, err
	}
	im.faults = job.Failed
	return im, nil
}

// Job is the import as it stands.
func (im *Import) Job() Job { return *im.job }

// Faults are the first of the report.
func (im *Import) Faults() []Fault { return im.report.First }

// ReportPath is where the report is.
func (im *Import) ReportPath() string { return ReportPath(im.Dir, im.job) }

// ReportPath is where the report of an import is, one fault as JSON a line. Ids
// are those of one database, and a record is in one.
func ReportPath(dir string, j *Job) string {
	return filepath.Join(dir, j.Record+"-"+strconv.FormatInt(j.ID, 10)+".report.ndjson")
}

// Close gives the files back. Run does it, too.
func (im *Import) Close() {
	if im.file != nil {
		_ = im.file.Close() // it was only read
	}
	if im.report != nil {
		im.report.close()
	}
}

func hash(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// open opens the file and maps its header.
func (im *Import) open(ctx context.Context) error {
	if err := os.MkdirAll(im.Dir, 0o700); err != nil {
		return err
	}
	return im.with(ctx, func(p *record.Plan, a, _ *record.Access) (err error) {
		im.db = p.DB()
		if im.by, err = upsert(p, a, im.o); err != nil {
			return err
		}
		im.mapper = newMapper(p, a, im.o)
		if im.file, err = os.Open(im.File); err != nil {
			return err
		}
		return im.rewind()
	})
}

// rewind begins to read the file.
func (im *Import) rewind() (err error) {
	if _, err := im.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	im.read.Store(0)
	if im.src, err = open(&counted{im.file, &im.read}, im.o); err != nil {
		return invalid(err)
	}
	if columns := im.src.columns(); columns != nil {
		if im.targets, err = im.mapper.header(columns); err != nil {
			return err
		}
		for i := range im.targets {
			im.second(&im.targets[i])
		}
		if im.self != nil && !slices.ContainsFunc(im.targets, func(t Target) bool { return t.Field == im.self }) {
			im.self = nil
		}
	}
	return nil
}

// second notes that references within the record may need a second pass: to rows
// that come later in the file.
func (im *Import) second(t *Target) {
	if im.self != nil || t.Field == nil || t.By == nil || !t.Field.Optional || t.Field.Target != im.Object.Record.Type {
		return
	}
	if !t.By.Unique {
		return
	}
	im.self = t.By
}

func (im *Import) skip(rows int64) error {
	for range rows {
		if err := im.src.next(&im.row); err != nil {
			return invalid(err)
		}
	}
	return nil
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// invalid makes an error about the file one that people are told.
func invalid(err error) error {
	var fe *FileError
	if errors.As(err, &fe) {
		return &object.Error{Code: object.Invalid, Text: fe.Error()}
	}
	return err
}

// with passes the gate for creating, and where rows may exist for updating and
// for viewing: what becomes of a row tells whether it is there, and what is in it.
func (im *Import) with(ctx context.Context, work func(p *record.Plan, create, update *record.Access) error) error {
	return im.Gate.With(ctx, im.Object, object.Create, func(p *record.Plan, a *record.Access) error {
		if im.o.Upsert == "" {
			return work(p, a, a)
		}
		return im.Gate.With(ctx, im.Object, object.View, func(*record.Plan, *record.Access) error {
			return im.Gate.With(ctx, im.Object, object.Update, func(_ *record.Plan, u *record.Access) error { return work(p, a, u) })
		})
	})
}

// Run imports the rows. The job says how it ended; an error is the reason why it
// did not get to the end of the file, and is in the job's message as well.
func (im *Import) Run(ctx context.Context) (Job, error) {
	defer im.Close()
	whole := im.o.OnError == Stop || im.o.DryRun
	var err error
	if whole {
		err = im.whole(ctx)
	} else {
		err = im.batches(ctx)
	}
	state, message := Done, ""
	switch {
	case err == nil:
	case errors.Is(err, errRefused):
		state, err = Refused, nil
	case errors.Is(err, errMoved):
		state, message = Cancelled, object.AsError(err).Public()
	case whole && !errors.Is(err, object.Timeout) && !errors.Is(err, object.RecordFault):
		state, message = Refused, object.AsError(err).Public()
	default:
		state, message = Failed, object.AsError(err).Public()
	}
	if state == Refused {
		im.job.Created, im.job.Updated, im.job.Unchanged = 0, 0, 0
		if message == "" {
			message = fmt.Sprintf("nothing was stored: %d rows are wrong", im.faults)
		}
	}
	if whole && state == Failed {
		im.job.Created, im.job.Updated, im.job.Unchanged, im.job.Rows = 0, 0, 0, 0
	}
	var e error
	if im.job.reported, e = im.report.flush(); err == nil && e != nil {
		err = e
	}
	if e := im.job.end(ctx, im.db, state, message, im.now()); err == nil && e != nil {
		err = e
	}
	im.progress()
	return *im.job, err
}

func (im *Import) now() time.Time { return im.Now().UTC().Truncate(time.Microsecond) }

func (im *Import) progress() {
	if im.Progress != nil {
		im.Progress(*im.job, im.read.Load())
	}
}

// errRefused ends an import that stores all or nothing and has faults; errUndone
// the transaction of a dry run.
var (
	errRefused = errors.New("nothing was stored")
	errUndone  = errors.New("dry run")
)
