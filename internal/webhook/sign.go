package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// secretPrefix is what secrets of the Standard Webhooks specification begin with.
const secretPrefix = "whsec_"

// newSecret makes a secret of 32 random bytes, as receivers' libraries take it.
func newSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// sign sets the headers of a message: its id, when it is sent, and the signature
// of both and the body with each of the secrets.
func sign(h http.Header, id string, at time.Time, body []byte, secrets ...string) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretPrefix))
		if err != nil {
			continue // it is ours, and never so
		}
		m := hmac.New(sha256.New, key)
		m.Write([]byte(id + "." + stamp + "."))
		m.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
}
