package web

import (
	"context"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// slowly is how long the rows of one batch of a file may take.
const slowly = 60 * time.Second

// importParams are the parameters of an import beside the file.
var importParams = []string{"format", "delimiter", "encoding", "map", "null", "decimal_comma", "upsert", "on_error", "dry_run", "name"}

// importRows stores the rows of a file: the body, or the part named file of a
// multipart body. The whole file is received before its first row is read, so
// that a client that goes away leaves nothing half done.
func (rs *resource) importRows(w http.ResponseWriter, r *http.Request) error {
	params, err := query(r)
	if err != nil {
		return err
	}
	if err := only(params, importParams...); err != nil {
		return err
	}
	up, err := rs.site.receive(r, rs.site.uploads())
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			up.remove()
		}
	}()
	o, err := importOptions(params, up)
	if err != nil {
		return err
	}
	if o.Upsert != "" {
		if err := rs.site.engine.Permit(r.Context(), rs.o, object.Update); err != nil {
			return err
		}
	}
	cfg := rs.site.importConfig(r.Context(), rs.o, up.path, up.name)
	cfg.Progress = func(exchange.Job, int64) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(slowly)) // not every writer has one
	}
	im, err := exchange.New(r.Context(), cfg, o)
	if err != nil {
		return err
	}
	job, err := im.Run(r.Context())
	kept = job.State == exchange.Failed // to be resumed
	if err != nil && job.State != exchange.Refused {
		if job.Created+job.Updated > 0 && !o.DryRun {
			err = halfDone{err}
		}
		return err
	}
	return writeImport(w, job, im.Faults())
}

// writeImport answers what became of an import: 200 when rows were stored, or
// would have been, and 422 when it was refused.
func writeImport(w http.ResponseWriter, job exchange.Job, faults []exchange.Fault) error {
	if faults == nil {
		faults = []exchange.Fault{}
	}
	body, err := json.Marshal(struct {
		exchange.Job
		Faults []exchange.Fault `json:"faults"`
	}{job, faults})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if job.State == exchange.Refused {
		status = http.StatusUnprocessableEntity
	}
	return writeJSON(w, status, body)
}

func (s *Site) importConfig(ctx context.Context, o *object.Object, path, name string) exchange.Config {
	return exchange.Config{
		Gate: s.engine, Object: o, User: object.FrameOf(ctx).Exec.User.Name, File: path, Name: name,
		Dir: s.importDir(), Now: s.Now,
	}
}

// importDir is where reports are.
func (s *Site) importDir() string { return filepath.Join(s.Data, "imports") }

// importOptions reads the options from parameters; the format is that of the
// content type, or of the file's name, unless a parameter says it.
func importOptions(params url.Values, up *upload) (o exchange.Options, err error) {
	wrong := func(name string, err error) error {
		return &statusError{status: http.StatusBadRequest, err: &object.Error{Code: object.Invalid, Text: "some parameters are not valid", Fields: []object.FieldError{
			{Field: name, Rule: "type", Message: object.AsError(err).Public()},
		}}}
	}
	o = exchange.Options{
		Delimiter: params.Get("delimiter"), Encoding: params.Get("encoding"), Null: params.Get("null"), Upsert: params.Get("upsert"),
		OnError: exchange.OnError(params.Get("on_error")),
	}
	if o.Delimiter == "tab" {
		o.Delimiter = "\t"
	}
	if o.DryRun, err = flag(params, "dry_run"); err != nil {
		return o, err
	}
	if o.DecimalComma, err = flag(params, "decimal_comma"); err != nil {
		return o, err
	}
	if o.Map, err = exchange.ParseMap(params.Get("map")); err != nil {
		return o, wrong("map", err)
	}
	var charset string
	switch name := params.Get("format"); {
	case name != "":
		if o.Format, err = exchange.ParseFormat(name); err != nil {
			return o, wrong("format", err)
		}
	default:
		if o.Format, charset, err = exchange.FormatOfType(up.contentType); err != nil {
			text := err.Error()
			if o.Format, err = exchange.FormatOfFile(up.name); err != nil {
				return o, with(http.StatusUnsupportedMediaType, object.Invalid, "the content type %s; send one of them, or say the format", text)
			}
		}
	}
	if o.Encoding == "" {
		o.Encoding = charset
	}
	return o, nil
}

// fileOf is the file that a request sends: its body, or a part of it.
func fileOf(r *http.Request) (from io.Reader, name, contentType string, err error) {
	media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	from, name, contentType = r.Body, r.URL.Query().Get("name"), r.Header.Get("Content-Type")
	if media == "multipart/form-data" {
		part, err := filePart(multipart.NewReader(r.Body, params["boundary"]))
		if err != nil {
			return nil, "", "", err
		}
		from, name, contentType = part, part.FileName(), part.Header.Get("Content-Type")
	}
	if sum, ok := r.Context().Value(sumKey{}).(hash.Hash); ok {
		from = io.TeeReader(from, sum)
	}
	return from, name, contentType, nil
}

// receive stores what a request sends in a folder.
func (s *Site) receive(r *http.Request, in *uploads) (*upload, error) {
	from, name, contentType, err := fileOf(r)
	if err != nil {
		return nil, err
	}
	up, err := in.save(identityOf(r).user.Name, from)
	if err == nil { // the rest of a multipart body, which must end as it should
		_, err = io.Copy(io.Discard, r.Body)
		if err != nil {
			up.remove()
		}
	}
	if err != nil {
		return nil, s.refusedUpload(err)
	}
	if up.name = name; name == "" {
		up.name = "upload"
	}
	up.contentType = contentType
	return up, nil
}

// refusedUpload says why a file was not received.
func (s *Site) refusedUpload(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return with(http.StatusRequestEntityTooLarge, object.Invalid, "the file is larger than %d MB; import.max_size in appos.yaml says how large it may be", s.MaxImport>>20)
	case errors.Is(err, errFull):
		return with(http.StatusInsufficientStorage, object.RecordFault, "there is no room for the file: %w", err)
	}
	return unread(err)
}

// filePart is the part of a multipart body that is the file.
func filePart(mr *multipart.Reader) (*multipart.Part, error) {
	for range 100 {
		part, err := mr.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, with(http.StatusBadRequest, object.Invalid, "the multipart body cannot be read: %w", err)
		}
		if part.FormName() == "file" {
			return part, nil
		}
	}
	return nil, with(http.StatusBadRequest, object.Invalid, "the multipart body has no part named file")
}

// exportRows answers with the rows that a list's filters select, all of them.
func (rs *resource) exportRows(w http.ResponseWriter, r *http.Request) error {
	params, err := query(r)
	if err != nil {
		return err
	}
	s := exchange.Selection{Format: exchange.CSV}
	if name := params.Get("format"); name != "" {
		if s.Format, err = exchange.ParseFormat(name); err != nil {
			return malformed(err)
		}
	}
	if s.Names, err = flag(params, "names"); err != nil {
		return err
	}
	if fields := params.Get("fields"); fields != "" {
		for name := range strings.SplitSeq(fields, ",") {
			s.Fields = append(s.Fields, strings.TrimSpace(name))
		}
	}
	if err := exchange.RefusePages(params); err != nil {
		return malformed(err)
	}
	for _, name := range []string{"format", "names", "fields"} {
		params.Del(name)
	}
	err = rs.site.engine.With(r.Context(), rs.o, object.View, func(p *record.Plan, a *record.Access) error {
		q, err := p.ParseFilter(a, params)
		if err == nil {
			s.Query = *q
		}
		return err
	})
	if err != nil {
		return malformed(err)
	}
	out := &attachment{w: w, c: http.NewResponseController(w), stall: rs.site.Limits.Stall, format: s.Format, name: exchange.FileName(rs.o, s.Format, rs.site.Now())}
	if _, err := exchange.Export(r.Context(), rs.site.engine, rs.o, out, s); err != nil {
		if out.begun {
			rs.site.warn(r, "an export broke off: "+err.Error())
			panic(http.ErrAbortHandler) // what was sent must not look like all
		}
		return malformed(err)
	}
	return nil
}

// attachment begins its answer with the first write.
type attachment struct {
	w      http.ResponseWriter
	c      *http.ResponseController
	stall  time.Duration // how long the client may take nothing
	format exchange.Format
	name   string
	begun  bool
}

func (a *attachment) Write(p []byte) (int, error) {
	if !a.begun {
		a.begun = true
		h := a.w.Header()
		h.Set("Content-Type", a.format.ContentType())
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.name}))
		h.Set("Cache-Control", "no-store")
	}
	_ = a.c.SetWriteDeadline(time.Now().Add(a.stall)) // not every writer has one
	return a.w.Write(p)
}
