package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets/*.js assets/*.css assets/*.woff2 assets/*.txt
var assetFiles embed.FS

// AssetPrefix begins the addresses of styles, scripts and fonts.
const AssetPrefix = "/_a/"

// ContentSecurityPolicy is what every page of the kit holds: nothing inline, and
// nothing from elsewhere.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"

type asset struct {
	kind    string // content type
	body    []byte
	gzipped []byte // nil when it would not help
}

type assetSet struct {
	byHash map[string]asset  // "ui.1a2b3c4d5e.css"
	urls   map[string]string // "ui.css" → "/_a/ui.1a2b3c4d5e.css"
}

// assets are hashed and compressed once, on first use.
var assets = sync.OnceValue(func() assetSet {
	set := assetSet{byHash: map[string]asset{}, urls: map[string]string{}}
	files, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		panic("ui: embedded assets: " + err.Error()) // the compiler put them there
	}
	var sheets []string
	for _, f := range files {
		switch path.Ext(f.Name()) {
		case ".css":
			sheets = append(sheets, f.Name()) // after the fonts that they name
		case ".js", ".woff2":
			set.add(f.Name(), readAsset(f.Name()))
		}
	}
	for _, name := range sheets {
		css := string(readAsset(name))
		for font, address := range set.urls {
			css = strings.ReplaceAll(css, "url("+font+")", "url("+address+")")
		}
		set.add(name, []byte(css))
	}
	return set
})

func readAsset(name string) []byte {
	b, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic("ui: embedded assets: " + err.Error())
	}
	return b
}

var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2",
}

func (s assetSet) add(name string, body []byte) {
	ext := path.Ext(name)
	sum := sha256.Sum256(body)
	a := asset{kind: assetKinds[ext], body: body}
	if ext != ".woff2" { // compressed already
		a.gzipped = compressed(body)
	}
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext
	s.byHash[hashed] = a
	s.urls[name] = AssetPrefix + hashed
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	zw, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = zw.Write(body)                                  // a buffer does not fail
	_ = zw.Close()
	return b.Bytes()
}

func assetURL(name string) string { return assets().urls[name] }

// Assets serves styles, scripts and fonts; mount it at [AssetPrefix]. Their
// addresses change with their contents, so that browsers keep them for good.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, AssetPrefix)
		a, ok := assets().byHash[name]
		if !ok {
			var css string
			if css, ok = themeSheet(name); ok {
				a = asset{kind: assetKinds[".css"], body: []byte(css)}
			}
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Type", a.kind)
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
		header.Set("Vary", "Accept-Encoding")
		header.Set("X-Content-Type-Options", "nosniff")
		body := a.body
		if a.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			header.Set("Content-Encoding", "gzip")
			body = a.gzipped
		}
		if r.Method != http.MethodHead {
			_, _ = w.Write(body) // the browser has left
		}
	})
}
