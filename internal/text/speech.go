package text

import (
	"sync"

	"golang.org/x/text/language"
)

// maxHeader is the length of an Accept-Language header that is read, in bytes.
// Browsers send less than 200.
const maxHeader = 1 << 10

// remembered is how many headers a Speech knows the answer to.
const remembered = 512

// Speech is the languages that an app speaks. It never changes but for what it
// remembers.
type Speech struct {
	Languages []string // tags; the first is the app's default
	matcher   language.Matcher

	mu      sync.RWMutex
	answers map[string]string
}

// NewSpeech returns the languages in the order of preference. Tags that are none
// are left out.
func NewSpeech(tags ...string) *Speech {
	s := &Speech{answers: map[string]string{}}
	var parsed []language.Tag
	seen := map[language.Tag]bool{}
	for _, tag := range tags {
		if t, err := language.Parse(tag); err == nil && !seen[t] {
			seen[t] = true
			parsed = append(parsed, t)
			s.Languages = append(s.Languages, tag)
		}
	}
	if len(parsed) == 0 {
		parsed, s.Languages = []language.Tag{language.English}, []string{"en"}
	}
	s.matcher = language.NewMatcher(parsed)
	return s
}

// Default is the language of who names none.
func (s *Speech) Default() string { return s.Languages[0] }

// Match is the language that suits the preferences best, as an Accept-Language
// header or a single tag says them (RFC 9110). A header that says nothing, that
// cannot be read, or that asks for what is not spoken, gets the default.
func (s *Speech) Match(header string) string {
	if header == "" || len(header) > maxHeader {
		return s.Default()
	}
	s.mu.RLock()
	answer, known := s.answers[header]
	s.mu.RUnlock()
	if known {
		return answer
	}
	answer = s.match(header)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) >= remembered { // somebody sends all sorts; begin again
		clear(s.answers)
	}
	s.answers[header] = answer
	return answer
}

func (s *Speech) match(header string) string {
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return s.Default()
	}
	_, i, sure := s.matcher.Match(wanted...)
	if sure < language.High { // a neighbouring language is not theirs
		return s.Default()
	}
	return s.Languages[i]
}
