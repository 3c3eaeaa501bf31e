package secret

import (
	"bytes"
	"io"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// The ring itself is not encrypted, as nothing would be left to open it with:
// its file is for its owner only, and so is the environment.

func readKeyset(r io.Reader) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewJSONReader(r))
}

func writeKeyset(h *keyset.Handle) ([]byte, error) {
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// newKeyset is a ring of one key.
func newKeyset() ([]byte, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	return writeKeyset(h)
}

// Key is a key of a ring, without what is secret about it.
type Key struct {
	ID      uint32
	Primary bool // seals
	Enabled bool // opens
}

func keysOf(h *keyset.Handle) []Key {
	var all []Key
	for i := range h.Len() {
		e, err := h.Entry(i)
		if err != nil {
			continue
		}
		all = append(all, Key{e.KeyID(), e.IsPrimary(), e.KeyStatus() == keyset.Enabled})
	}
	return all
}

// withNewPrimary is the ring with one more key, which seals from now on.
func withNewPrimary(h *keyset.Handle) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(h)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	return m.Handle()
}

// with is the ring in which all keys but the primary are enabled, or disabled.
func with(h *keyset.Handle, enabled bool) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(h)
	for _, k := range keysOf(h) {
		if k.Primary || k.Enabled == enabled {
			continue
		}
		change := m.Disable
		if enabled {
			change = m.Enable
		}
		if err := change(k.ID); err != nil {
			return nil, err
		}
	}
	return m.Handle()
}
