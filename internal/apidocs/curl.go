package apidocs

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/apposengine/appos/internal/openapi"
)

// curl is the operation's example as a command of curl.
func (p *page) curl() string {
	path, query := p.e.path, url.Values{}
	for _, x := range p.parameters {
		switch {
		case x.In == "path":
			path = strings.ReplaceAll(path, "{"+x.Name+"}", url.PathEscape(sampleOf(x)))
		case x.In == "query" && x.Required:
			query.Set(x.Name, sampleOf(x))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	command := "curl " + quoted(p.site+path)
	var options []string
	switch {
	case p.e.Body != nil && p.e.method == "POST", p.e.method == "GET": // as curl does by itself
	default:
		options = append(options, "-X "+p.e.method)
	}
	if p.streams() {
		options = append(options, "-N -H 'Accept: text/event-stream'")
	}
	if !p.open() {
		options = append(options, `-H "X-API-Key: $APPOS_KEY"`)
	}
	if p.e.Body != nil {
		kind := kinds(p.e.Body.Content)[0]
		options = append(options, "-H "+quoted("Content-Type: "+kind), "--data-binary "+quoted(sampleText(p.e.Body.Content[kind].Example)))
	}
	return strings.Join(append([]string{command}, options...), " \\\n  ")
}

// sampleOf is the example of a parameter as addresses have it, or its name.
func sampleOf(x *openapi.Parameter) string {
	switch v := x.Example.(type) {
	case nil:
		return x.Name
	case []string:
		return strings.Join(v, ",")
	case []any:
		all := make([]string, len(v))
		for i := range v {
			all[i] = fmt.Sprint(v[i])
		}
		return strings.Join(all, ",")
	default:
		return fmt.Sprint(v)
	}
}

// quoted is an argument of a shell.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// open says whether the operation is the same for everybody.
func (p *page) open() bool {
	return len(p.e.Security) == 1 && len(p.e.Security[0]) == 0
}

// streams says whether the answer goes on until the client leaves.
func (p *page) streams() bool {
	r := p.e.Responses["200"]
	return r != nil && r.Content["text/event-stream"] != nil
}
