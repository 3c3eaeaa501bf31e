package web

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// importScreen is the page on which a file becomes rows: upload, columns, check,
// progress. Its state is the address: file, then job.
type importScreen struct {
	site *Site
	o    *object.Object
	path string
}

// importRoutes are the pages of a record's import, unless the app has a page there.
func (s *Site) importRoutes(o *object.Object, taken map[string]bool) []Route {
	is := &importScreen{s, o, "/" + o.App.Name + "/" + o.Record.Path + "/import"}
	if taken[is.path] {
		return nil
	}
	route := func(method, path string, h handler) Route {
		return Route{Method: method, Path: path, Object: o, Permission: object.Create, handle: is.signedIn(h)}
	}
	upload := route("POST", is.path, is.post)
	upload.Upload = true
	return []Route{route("GET", is.path, is.get), upload, route("GET", is.path+"/report", is.report)}
}

// signedIn sends those away who are nobody or may not create rows.
func (is *importScreen) signedIn(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if who := identityOf(r); who.session == nil {
			return errSignIn(who)
		}
		if err := is.site.engine.Permit(r.Context(), is.o, object.Create); err != nil {
			return err
		}
		return h(w, r)
	}
}

func (is *importScreen) ctx(r *http.Request) *ui.Ctx {
	return ui.NewCtx(r.Context(), is.site.uiRequest(r, identityOf(r), is.o.App))
}

func (is *importScreen) frame(c *ui.Ctx, parts ...ui.Node) ui.Node {
	title, name := ui.PluralOf(c, is.o)
	c.Crumbs(ui.Crumb{Label: title, URL: "/" + is.o.App.Name + "/" + is.o.Record.Path})
	return ui.Screen(c, c.T("import.title", "name", name), parts...)
}

func (is *importScreen) get(w http.ResponseWriter, r *http.Request) error {
	c := is.ctx(r)
	var node ui.Node
	var err error
	switch {
	case c.Query("job") != "":
		var job *exchange.Job
		if job, err = is.job(r); err == nil {
			node = is.progress(c, job)
		}
	case c.Query("file") != "":
		node, err = is.columns(c, r)
	default:
		node = is.choose(c)
	}
	if err != nil {
		return err
	}
	return c.Respond(w, is.frame(c, node))
}

func (is *importScreen) choose(c *ui.Ctx) ui.Node {
	return ui.UploadForm(c, is.path, c.T("import.file"), c.T("import.file.hint"), ".csv,.tsv,.txt,.json,.ndjson,.jsonl", c.T("import.send"))
}

func (is *importScreen) post(w http.ResponseWriter, r *http.Request) error {
	media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "multipart/form-data" {
		return is.receive(w, r, params["boundary"])
	}
	if err := readForm(r); err != nil {
		return err
	}
	c := is.ctx(r)
	var node ui.Node
	var err error
	switch r.PostForm.Get("do") {
	case "resume":
		return is.resume(c, w, r)
	case "cancel":
		return is.cancel(c, w, r)
	case "check", "run":
		node, err = is.run(c, r, r.PostForm.Get("do") == "check")
	default:
		err = object.Errorf(object.Invalid, "the form asks for nothing that is known")
	}
	if err != nil {
		return err
	}
	if node != nil {
		node = is.frame(c, node)
	}
	return c.Respond(w, node)
}

// receive keeps the file that a form sends. The form's token comes before it.
func (is *importScreen) receive(w http.ResponseWriter, r *http.Request, boundary string) error {
	who := identityOf(r)
	mr := multipart.NewReader(r.Body, boundary)
	token := r.Header.Get(csrfHeader)
	for {
		part, err := mr.NextPart()
		if err != nil {
			return with(http.StatusBadRequest, object.Invalid, "the form cannot be read: %w", err)
		}
		switch part.FormName() {
		case csrfField:
			var b [256]byte
			n, _ := io.ReadFull(part, b[:]) // a token that is cut off is not valid
			token = string(b[:n])
		case "file":
			if !security.VerifyCSRF(who.token, token) && !who.bearer {
				is.site.denied(r, who, "csrf", "the request carries no valid CSRF token")
				return with(http.StatusForbidden, object.Denied, "the request carries no valid CSRF token; reload the page and try again")
			}
			up, err := is.site.uploads().save(who.user.Name, part)
			if err == nil {
				up.name, up.contentType = part.FileName(), part.Header.Get("Content-Type")
				err = is.site.uploads().note(up, nil)
			}
			if err != nil {
				return is.site.refusedUpload(err)
			}
			c := is.ctx(r)
			node, err := c.RedirectTo(is.path + "?file=" + up.id)
			if err != nil {
				return err
			}
			return c.Respond(w, node)
		}
	}
}
