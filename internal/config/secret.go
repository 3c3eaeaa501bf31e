package config

import (
	"fmt"
	"io"
	"log/slog"
)

const masked = "[secret]"

// Secret is a text that does not show itself: printed, logged or encoded, it is
// "[secret]", or "" when it is not set. Only Reveal gives it out.
type Secret struct {
	// A pointer, so that even a printer that goes around the methods by
	// reflection shows an address.
	text *string
}

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text. Take care where it goes.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Set says whether there is a text.
func (s Secret) Set() bool { return s.text != nil }

// String is the mask.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return masked
}

// Format prints the mask, whatever the verb.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'q' || f.Flag('#') {
		fmt.Fprintf(f, "%q", s.String())
		return
	}
	_, _ = io.WriteString(f, s.String()) // fmt has nowhere to put the error
}

// MarshalText encodes the mask, in JSON and YAML too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue logs the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
