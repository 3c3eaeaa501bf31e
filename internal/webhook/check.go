package webhook

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// The bounds of settings.
const (
	maxName    = 60
	maxRecords = 100
)

// checked says everything that is wrong with settings, or returns them with the id
// of the account, in their order and without what is said twice.
func (s *Service) checked(ctx context.Context, in Settings) (Settings, int64, error) {
	var faults []object.FieldError
	fault := func(field, rule, message string) {
		faults = append(faults, object.FieldError{Field: field, Rule: rule, Message: message})
	}
	in.Name, in.Target, in.Filter = strings.TrimSpace(in.Name), strings.TrimSpace(in.Target), strings.TrimSpace(in.Filter)
	if text := wrongName(in.Name); text != "" {
		fault("name", "name", text)
	}
	if err := s.guard.checkTarget(in.Target); err != nil {
		fault("target", "target", err.Error())
	}
	in.Records, in.Operations, in.Environments = sorted(in.Records), sorted(in.Operations), sorted(in.Environments)
	in.Fields = sorted(in.Fields)
	for _, name := range in.Operations {
		if name != "created" && name != "updated" && name != "deleted" {
			fault("operations", "oneof", quoted(name)+" is none; they are created, updated and deleted")
		}
	}
	for _, name := range in.Environments {
		if !environmentName(name) {
			fault("environments", "name", quoted(name)+" must be lower-case letters, digits, - and _, such as prod")
		}
	}
	var user *object.User
	if in.Account == "" {
		fault("account", "account", "is required: events are of what this account may view")
	} else {
		var err error
		if user, err = s.o.UserNamed(ctx, in.Account); errors.Is(err, object.NotFound) || errors.Is(err, object.Denied) {
			fault("account", "unknown", "must be an active account")
		} else if err != nil {
			return in, 0, err
		}
	}
	if len(in.Records) == 0 {
		fault("records", "some", "must name at least one record")
	}
	if len(in.Records) > maxRecords {
		fault("records", "max", "are more than 100")
	}
	for _, ref := range in.Records {
		faults = append(faults, s.checkRecord(ctx, user, ref, in)...)
	}
	if len(faults) > 0 {
		return in, 0, &object.Error{Code: object.Invalid, Text: "some settings of the webhook are not valid", Fields: faults}
	}
	in.Account = user.Name
	return in, user.ID, nil
}

// checkRecord says what is wrong with following a record.
func (s *Service) checkRecord(ctx context.Context, user *object.User, ref string, in Settings) []object.FieldError {
	one := func(field, rule, message string) []object.FieldError {
		return []object.FieldError{{Field: field, Rule: rule, Message: message}}
	}
	o := s.o.Engine.Registry().ByRef(ref)
	if o == nil || o.Record == nil {
		return one("records", "unknown", "no record has the reference "+quoted(ref))
	}
	if user == nil {
		return nil
	}
	as := s.o.Engine.Begin(ctx, user, "")
	if !s.o.Engine.Allowed(as, o, object.View) {
		return one("account", "view", "may not view "+ref+"; grant it that, or choose another account")
	}
	var faults []object.FieldError
	err := s.o.Engine.With(as, o, object.View, func(p *record.Plan, a *record.Access) error {
		for _, name := range in.Fields {
			i := slices.IndexFunc(o.Record.Fields, func(f object.Field) bool { return f.Column == name && !f.Hidden && !f.Secret })
			if i < 0 || a.Hidden.Has(i) {
				faults = append(faults, one("fields", "unknown", ref+" has no field "+quoted(name)+" that the account may view")...)
			}
		}
		if in.Filter == "" {
			return nil
		}
		q, err := p.ParseFilter(a, url.Values{"where": {in.Filter}})
		if err == nil {
			_, err = p.Count(as, a, q, 1) // what only the database refuses
		}
		if errors.Is(err, object.Invalid) || errors.Is(err, object.Denied) {
			faults = append(faults, one("filter", "where", "for "+ref+": "+reason(err))...)
			return nil
		}
		return err
	})
	if err != nil {
		faults = append(faults, one("records", "view", ref+" cannot be viewed: "+reason(err))...)
	}
	return faults
}

func wrongName(name string) string {
	switch {
	case name == "":
		return "is required"
	case utf8.RuneCountInString(name) > maxName:
		return "is longer than 60 characters"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "must be a line of text"
	}
	return ""
}

func environmentName(name string) bool {
	return name != "" && len(name) <= 63 && name[0] >= 'a' && name[0] <= 'z' && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// sorted are the texts that are not empty, each once.
func sorted(all []string) []string {
	var out []string
	for _, text := range all {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func quoted(text string) string {
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return `"` + text + `"`
}
