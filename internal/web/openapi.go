package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/apposengine/appos/internal/apidocs"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

func (s *Site) describedRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/api/openapi.json", API: true, handle: s.openAPI},
		{Method: "GET", Path: docsPath, Guard: "session", handle: s.own(s.docs)},
		{Method: "GET", Path: docsPath + "/{operation}", Guard: "session", handle: s.own(s.operation)},
	}
}

// docsPath is where people read what they may call.
const docsPath = "/api/docs"

func (s *Site) docs(c *ui.Ctx, _ http.ResponseWriter) (ui.Node, error) {
	var keys []ui.Node
	if s.OwnKeys {
		keys = append(keys, ui.LinkButton(ownKeysPath, c.T("keys.some"), ui.Outline, ui.Icon("key-round")))
	}
	return apidocs.Index(c, s.Describe(c), docsPath, keys...), nil
}

func (s *Site) operation(c *ui.Ctx, _ http.ResponseWriter) (ui.Node, error) {
	return apidocs.Operation(c, s.Describe(c), docsPath, s.PublicURL, c.Request().PathValue("operation"))
}

// openAPI answers with the description of what the user may call.
func (s *Site) openAPI(w http.ResponseWriter, r *http.Request) error {
	d, err := s.descriptions.of(r.Context(), s)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", d.tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization, Cookie, X-API-Key, Accept-Encoding")
	if slices.ContainsFunc(strings.Split(r.Header.Get("If-None-Match"), ","), func(tag string) bool {
		return strings.TrimPrefix(strings.TrimSpace(tag), "W/") == strings.TrimPrefix(d.tag, "W/")
	}) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(d.gzipped) // the client that has gone needs no error
		return nil
	}
	plain, err := gzip.NewReader(bytes.NewReader(d.gzipped))
	if err != nil {
		return err
	}
	_, err = io.Copy(w, plain)
	return err
}

// Describe is the description of what the user of ctx may call. It is built, not
// kept: it may be changed.
func (s *Site) Describe(ctx context.Context) *openapi.Document {
	f := object.FrameOf(ctx)
	user := f.Exec.User
	routes := make([]openapi.Route, 0, len(s.routes))
	for _, r := range s.routes {
		if !r.API || r.Path == "/metrics" && s.MetricsAccess != "public" && user.Type != object.SystemAdmin {
			continue
		}
		of := openapi.Route{Method: r.Method, Path: r.Path, Object: r.Object, Permission: r.Permission, SignedIn: r.Guard == "session"}
		if r.Object != nil {
			of.API = s.engine.API(r.Object)
		}
		routes = append(routes, of)
	}
	return openapi.Describe(openapi.About{
		Product: s.Product, Version: "1", Env: f.Exec.Env, MaxImport: s.MaxImport,
		AppTitle: func(app string) string { return s.Apps[app].Title },
	}, s.engine.Registry(), routes, openapi.Viewer{
		User: user, Public: user.Name == security.PublicUser,
		May: func(o *object.Object, p object.Permission) bool { return s.engine.Allowed(ctx, o, p) },
	})
}

// description is a document as it is sent.
type description struct {
	once    sync.Once
	gzipped []byte
	tag     string
	err     error
}

// maxDescriptions bounds how many documents are kept: one for each set of groups
// that somebody who asked is in.
const maxDescriptions = 64

// descriptions keeps the documents of one epoch of the permissions.
type descriptions struct {
	mu    sync.Mutex
	epoch int64
	kept  map[string]*description
}

// of returns the document for the user of ctx, which is the same for all users of
// the type that are in the same groups.
func (ds *descriptions) of(ctx context.Context, s *Site) (*description, error) {
	u := object.FrameOf(ctx).Exec.User
	key := strings.Join(append([]string{string(u.Type), strconv.FormatBool(u.Name == security.PublicUser)}, u.Groups...), "\x00")
	ds.mu.Lock()
	if ds.kept == nil || ds.epoch != u.Epoch || len(ds.kept) >= maxDescriptions {
		ds.epoch, ds.kept = u.Epoch, map[string]*description{}
	}
	d := ds.kept[key]
	if d == nil {
		d = &description{}
		ds.kept[key] = d
	}
	ds.mu.Unlock()
	d.once.Do(func() {
		d.err = object.Errorf(object.Internal, "describing the API broke off") // unless it comes to its end
		d.err = d.write(s.Describe(ctx))
	})
	return d, d.err
}

func (d *description) write(doc *openapi.Document) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	gz, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := gz.Write(body); err != nil {
		return err
	}
	if err := gz.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	d.gzipped, d.tag = bytes.Clone(b.Bytes()), `W/"`+hex.EncodeToString(sum[:12])+`"`
	return nil
}
