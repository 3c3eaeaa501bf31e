package web

import (
	"net/http"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wording"
)

// language is what a route's answer is written in: the user's language, else the
// one that suits the Accept-Language header best of those that the app speaks,
// else the app's own.
func (s *Site) language(route *Route, r *http.Request, u *object.User) string {
	if u.Language != "" {
		return u.Language
	}
	return s.Texts.Speech(appOf(route)).Match(strings.Join(r.Header.Values("Accept-Language"), ","))
}

// appOf is the app that a route is about, "" of those of the whole site.
func appOf(route *Route) string {
	if route.Object != nil {
		return route.Object.App.Name
	}
	app, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(route.Path, "/api"), "/"), "/")
	return app
}

// spoken says in which language an answer is that people read, and that another
// request could get it in another. It stands at pages, at what web APIs answer and
// at problems; rows of records are the same in every language.
func (s *Site) spoken(route *Route, h http.Header, lang string) {
	if !route.API || route.Object != nil && route.Object.Kind == object.KindWebAPI {
		s.speaks(h, s.Texts.Speech(appOf(route)).Match(lang))
	}
}

func (s *Site) speaks(h http.Header, lang string) {
	if h.Get("Content-Language") == "" {
		h.Add("Vary", "Accept-Language")
	}
	h.Set("Content-Language", lang)
}

// translate says a problem in the language of the request. Codes, rules and names
// stay as they are.
func (s *Site) translate(route *Route, r *http.Request, h http.Header, p *Problem) {
	lang, texts := "", (*object.Texts)(nil)
	if f := object.FrameOf(r.Context()); f != nil {
		lang, texts = f.Exec.Language, f.Exec.Texts
	}
	// an app's own words are in a language that the platform may not speak
	said := []string{wording.Language(lang)}
	if own := s.Texts.Speech(appOf(route)).Match(lang); own != said[0] {
		said = append(said, own)
	}
	s.speaks(h, strings.Join(said, ", "))
	english := said[0] == wording.Languages[0]
	p.Title, p.Detail = wording.Say(lang, p.Title), wording.Say(lang, p.Detail)
	var translated []object.FieldError // what the error holds is the log's
	for _, f := range p.Errors {
		if label, ok := s.checkText(p.Object, f); ok {
			f.Message = texts.Of(label).In(lang)
		} else if !english {
			f.Message = wording.Fault(lang, f)
		}
		translated = append(translated, f)
	}
	p.Errors = translated
}

// checkText is what an app calls a check of a record, as its forms do.
func (s *Site) checkText(ref string, f object.FieldError) (object.Text, bool) {
	if f.Rule != "check" || f.Param == "" {
		return nil, false
	}
	o := s.engine.Registry().ByRef(ref)
	if o == nil {
		return nil, false
	}
	for _, set := range s.engine.Registry().Of(o.App.Name, object.KindTranslationSet) {
		if t, ok := set.Translations.Texts["check_"+f.Param]; ok {
			return t, true
		}
	}
	return nil, false
}
