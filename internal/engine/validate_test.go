package engine

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

type iban string

func (i iban) Validate() error {
	if !strings.HasPrefix(string(i), "FR") {
		return errors.New("not from France")
	}
	return nil
}

type span struct{ from, to int }

func (s *span) Validate() error {
	if s.from > s.to {
		return errors.New("ends before it begins")
	}
	return nil
}

// A type has a rule of its own by a method, in every build.
func TestRuleOfATypesOwn(t *testing.T) {
	v := newValidation()
	type order struct {
		Account iban `validate:"validateFn"`
		Open    span `validate:"validateFn"`
	}
	key := func(key string) string { return key }
	if err := v.check(order{"FR76", span{1, 2}}, key); err != nil {
		t.Error(err)
	}
	for _, in := range []order{{"DE12", span{1, 2}}, {"FR76", span{2, 1}}} {
		if err := v.check(in, key); err == nil || !strings.Contains(err.Error(), "is not valid") {
			t.Errorf("%v: %v", in, err)
		}
	}
	for _, wrong := range []any{
		struct {
			Name string `validate:"validateFn"`
		}{},
		struct {
			Account iban `validate:"validateFn=Check"`
		}{},
	} {
		if err := v.tags(reflect.TypeOf(wrong)); err == nil || !strings.Contains(err.Error(), "Validate() error") {
			t.Errorf("%T: %v", wrong, err)
		}
	}
}
