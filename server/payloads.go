package server

import (
	"encoding/base64"

	"github.com/apposengine/appos/internal/secret"
)

// payloadAt is the place of a logged payload: it opens nowhere else.
func payloadAt(executionID, field string) secret.Place {
	return secret.Place{Table: "logs", Row: executionID, Column: field}
}

// sealPayload encrypts a payload for the log.
func (s *Server) sealPayload(plain []byte, executionID, field string) (string, error) {
	sealed, err := s.ring.Seal(plain, payloadAt(executionID, field))
	return base64.RawStdEncoding.EncodeToString(sealed), err
}

// unsealPayload decrypts what sealPayload has encrypted. Log files are not written
// anew when keys are rotated: what was sealed with a key that is disabled stays so.
func (s *Server) unsealPayload(sealed, executionID, field string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	plain, err := s.ring.Open(raw, payloadAt(executionID, field))
	return string(plain), err
}
