package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/security"
)

// exchangeOptions are the flags that import and export have in common.
type exchangeOptions struct {
	runOptions
	format, as    string
	asJSON, quiet bool
}

func (o *exchangeOptions) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.format, "format", "", "csv, json or ndjson (default: what the file's name says)")
	c.Flags().StringVar(&o.as, "as", security.SystemUser, "the `USER` as whom rows are read and written; what that user may not do is refused")
	o.dataFlag(c.Flags())
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "print nothing unless it fails")
}

// record opens the server's data, which another process may be serving, and finds
// a record in it.
func (o *exchangeOptions) record(ctx context.Context, apps []*appos.App, ref string, use func(context.Context, *Server, *object.Object) error) (err error) {
	cfg, err := load(o.runOptions)
	if err != nil {
		return err
	}
	s, err := Open(ctx, cfg, apps...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var found *object.Object
	if ref != "" {
		var refs []string
		for _, r := range s.engine.Registry().Of("", object.KindRecord) {
			if refs = append(refs, r.Ref); r.Ref == ref {
				found = r
			}
		}
		if found == nil {
			hint := "; there are " + strings.Join(refs, ", ")
			if near := object.Nearest(ref, refs); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			return usageError{fmt.Errorf("no record is %q%s", ref, hint)}
		}
	}
	ctx, err = s.As(ctx, o.as)
	if err != nil {
		return err
	}
	return use(ctx, s, found)
}

func importCommand(apps []*appos.App) *cobra.Command {
	var o exchangeOptions
	var in exchange.Options
	var mapping, onError string
	var resume int64
	c := &cobra.Command{
		Use:   "import RECORD FILE",
		Short: "Store the rows of a CSV or JSON file",
		Long: `Store the rows of a CSV or JSON file. The first line of CSV, and the names in JSON,
say to which fields the values go: by the field's name or its label in any
language; --map says it otherwise. References may be named by a unique field of
the row they lead to: "customer.code".

A file in which anything is wrong leaves nothing, unless --on-error continue is
given: then what is good is stored in batches, and an import that was cut off
goes on with --resume. Every row that is not stored is in the report, by its line.`,
		Example: "  import crm.records.customer customers.csv --dry-run\n" +
			"  import crm.records.customer customers.csv --upsert code --map \"Company Name=name,Fax=-\"\n" +
			"  import crm.records.order orders.ndjson --on-error continue\n" +
			"  import --resume 17 crm.records.order",
		Args: func(_ *cobra.Command, args []string) error {
			if want := 2; resume != 0 && len(args) == 1 || resume == 0 && len(args) == want {
				return nil
			}
			return usageError{errors.New("import takes a record and a file, or with --resume a record")}
		},
		RunE: func(c *cobra.Command, args []string) error {
			if o := exchange.OnError(onError); o != exchange.Stop && o != exchange.Continue {
				return usageError{fmt.Errorf("--on-error is %q; use stop or continue", onError)}
			}
			return o.record(c.Context(), apps, args[0], func(ctx context.Context, s *Server, r *object.Object) error {
				bar := newProgress(c.ErrOrStderr(), o.quiet || o.asJSON)
				cfg := exchange.Config{Gate: s.engine, Object: r, User: o.as, Dir: filepath.Join(s.cfg.Platform.Data, "imports"), Now: time.Now}
				cfg.Progress = func(j exchange.Job, read int64) { bar.bytes("importing "+j.Name, read, j.Size) }
				im, err := o.begin(ctx, s, cfg, args, in, mapping, onError, resume)
				if err != nil {
					return err
				}
				if j := im.Job(); j.Options.OnError == exchange.Continue && !j.Options.DryRun && !o.quiet {
					fmt.Fprintf(c.ErrOrStderr(), "import %d begins; should it be cut off, --resume %d goes on\n", j.ID, j.ID)
				}
				job, err := im.Run(ctx)
				bar.end()
				if o.asJSON {
					if e := printJSON(c.OutOrStdout(), struct {
						exchange.Job
						Report string           `json:"report"`
						Faults []exchange.Fault `json:"faults"`
					}{job, im.ReportPath(), append([]exchange.Fault{}, im.Faults()...)}); e != nil {
						return e
					}
				} else if !o.quiet {
					describeImport(c.OutOrStdout(), job, im)
				}
				return importError(job, err)
			})
		},
	}
	o.flags(c)
	c.Flags().StringVar(&mapping, "map", "", "where columns go: `\"Column=field,Other=-\"`; - leaves a column out")
	c.Flags().StringVar(&in.Upsert, "upsert", "", "the unique `FIELD` by which rows that exist are found and updated")
	c.Flags().StringVar(&onError, "on-error", string(exchange.Stop), "stop stores nothing when a row is wrong, continue stores the others")
	c.Flags().BoolVar(&in.DryRun, "dry-run", false, "check everything and store nothing")
	c.Flags().StringVar(&in.Delimiter, "delimiter", "", "what separates the fields of CSV (default: found out)")
	c.Flags().StringVar(&in.Encoding, "encoding", "", "of the file: utf-8, utf-16, windows-1252, iso-8859-1 … (default utf-8)")
	c.Flags().StringVar(&in.Null, "null", "", "a `TEXT` that stands for no value, such as NULL")
	c.Flags().BoolVar(&in.DecimalComma, "decimal-comma", false, "read 1.234,50 as a number")
	c.Flags().Int64Var(&resume, "resume", 0, "go on with the import of this `ID`")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print what became of it as JSON")
	return c
}

// begin opens the file of a new import, or that of the one to go on with.
func (o *exchangeOptions) begin(ctx context.Context, s *Server, cfg exchange.Config, args []string, in exchange.Options, mapping, onError string, resume int64) (*exchange.Import, error) {
	if resume != 0 {
		var job *exchange.Job
		err := s.engine.With(ctx, cfg.Object, object.Create, func(p *record.Plan, _ *record.Access) (err error) {
			job, err = exchange.Find(ctx, p.DB(), resume)
			return err
		})
		if err != nil {
			return nil, err
		}
		if job.Record != cfg.Object.Ref {
			return nil, usageError{fmt.Errorf("import %d is of %s", resume, job.Record)}
		}
		return exchange.Resume(ctx, cfg, job)
	}
	path, err := filepath.Abs(args[1])
	if err != nil {
		return nil, err
	}
	switch i, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case !i.Mode().IsRegular() && !i.IsDir():
		return nil, usageError{fmt.Errorf("%s is no file; an import reads it more than once, so write what comes from a pipe into a file first", path)}
	}
	cfg.File, cfg.Name = path, filepath.Base(path)
	in.OnError = exchange.OnError(onError)
	if in.Delimiter == "tab" {
		in.Delimiter = "\t"
	}
	if in.Map, err = exchange.ParseMap(mapping); err != nil {
		return nil, usageError{err}
	}
	if o.format == "" {
		in.Format, err = exchange.FormatOfFile(path)
	} else {
		in.Format, err = exchange.ParseFormat(o.format)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return exchange.New(ctx, cfg, in)
}

// shownFaults is how many faults the command prints; the report has all.
const shownFaults = 20

func describeImport(out io.Writer, j exchange.Job, im *exchange.Import) {
	if j.State == exchange.Refused { // what was counted on the way is not stored
		fmt.Fprintf(out, "import %d: nothing is stored\n", j.ID)
	} else {
		describeCounts(out, j)
	}
	faults := im.Faults()
	for i, f := range faults {
		if i == shownFaults {
			fmt.Fprintln(out, "  …")
			break
		}
		fmt.Fprintf(out, "  line %d: %s\n", f.Line, strings.TrimSpace(f.Field+" "+f.Message))
	}
	if len(faults) > 0 {
		fmt.Fprintf(out, "all that is wrong is in %s\n", im.ReportPath())
	}
}

func describeCounts(out io.Writer, j exchange.Job) {
	would := ""
	if j.Options.DryRun {
		would = " (dry run: nothing is stored)"
	}
	fmt.Fprintf(out, "import %d: %d rows: %d created, %d updated, %d unchanged, %d failed%s\n", j.ID, j.Created+j.Updated+j.Unchanged+j.Failed, j.Created, j.Updated, j.Unchanged, j.Failed, would)
}

// importError makes the program end with 1 unless every row was stored.
func importError(j exchange.Job, err error) error {
	switch {
	case j.State == exchange.Failed && j.Resumable(time.Now()):
		return fmt.Errorf("%w; go on with --resume %d", err, j.ID)
	case err != nil:
		return err
	case j.State != exchange.Done:
		return errors.New(j.Message)
	case j.Failed > 0:
		return fmt.Errorf("%d rows are wrong", j.Failed)
	}
	return nil
}

func exportCommand(apps []*appos.App) *cobra.Command {
	var o exchangeOptions
	var output string
	var filters, fields []string
	var names bool
	c := &cobra.Command{
		Use:   "export RECORD",
		Short: "Write the rows of a record as CSV or JSON",
		Example: "  export crm.records.customer -o customers.csv\n" +
			"  export crm.records.order --format ndjson --filter status=shipped --filter sort=-placed_at | gzip > orders.gz",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("export takes a record")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) (err error) {
			s := exchange.Selection{Format: exchange.CSV, Fields: fields, Names: names}
			switch {
			case o.format != "":
				s.Format, err = exchange.ParseFormat(o.format)
			case output != "":
				s.Format, err = exchange.FormatOfFile(output)
			}
			if err != nil {
				return usageError{err}
			}
			params := url.Values{}
			for _, f := range filters {
				name, value, ok := strings.Cut(f, "=")
				if !ok {
					return usageError{fmt.Errorf("--filter %q has no =; it is written as tier=gold", f)}
				}
				params.Add(name, value)
			}
			return o.record(c.Context(), apps, args[0], func(ctx context.Context, server *Server, r *object.Object) error {
				if err := exchange.RefusePages(params); err != nil {
					return err
				}
				err := server.engine.With(ctx, r, object.View, func(p *record.Plan, a *record.Access) error {
					q, err := p.ParseFilter(a, params)
					if err == nil {
						s.Query = *q
					}
					return err
				})
				if err != nil {
					return err
				}
				return exportTo(ctx, server, r, s, output, o.quiet, c.OutOrStdout(), c.ErrOrStderr())
			})
		},
	}
	o.flags(c)
	c.Flags().StringVarP(&output, "output", "o", "", "the `FILE` to write (default: standard output)")
	c.Flags().StringArrayVar(&filters, "filter", nil, "which rows, and in which order, as in the REST API, but with values as they are: `tier=gold`; may be repeated")
	c.Flags().StringSliceVar(&fields, "fields", nil, "which columns, in which order (default: all)")
	c.Flags().BoolVar(&names, "names", false, "write references by a unique field of the row they lead to, not by id")
	return c
}

// exportTo writes to a file that is there only when it is whole, or to out.
func exportTo(ctx context.Context, s *Server, r *object.Object, sel exchange.Selection, path string, quiet bool, out, errs io.Writer) error {
	if path == "" {
		_, err := exchange.Export(ctx, s.engine, r, out, sel)
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it is gone when all went well
	n, err := exchange.Export(ctx, s.engine, r, f, sel)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if !quiet {
		fmt.Fprintf(errs, "%d rows in %s\n", n, path)
	}
	return nil
}
