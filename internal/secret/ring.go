package secret

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// A Ring is the keys that values are sealed with: the primary one seals, all
// that are enabled open. A ring in a file sees what another process, such as
// appos keys rotate, does to it. All methods may be called from several
// goroutines.
type Ring struct {
	from source

	mu     sync.Mutex
	loaded *loaded
}

// loaded is the ring as it was read.
type loaded struct {
	stamp    string // of the file, to see that it changed
	handle   *keyset.Handle
	envelope tink.AEAD
}

// Place is where a value is stored. It is authenticated with the value.
type Place struct{ Table, Row, Column string }

// String is the place for messages.
func (p Place) String() string { return p.Table + " " + p.Row + ", column " + p.Column }

func (p Place) associated() []byte {
	b := []byte("appos secret 1 ")
	for _, part := range []string{p.Table, p.Row, p.Column} {
		b = strconv.AppendQuote(b, part)
	}
	return b
}

// Seal encrypts a value for its place with the primary key.
func (r *Ring) Seal(plain []byte, at Place) ([]byte, error) {
	l, err := r.current()
	if err != nil {
		return nil, err
	}
	sealed, err := l.envelope.Encrypt(plain, at.associated())
	if err != nil {
		return nil, fmt.Errorf("a value of %s could not be encrypted: %w", at, err)
	}
	return sealed, nil
}

// Open decrypts a value that was sealed for the place. The error is an *Error
// when it is about the value. A ring that was opened goes on opening values when
// its file is lost, but seals none that nobody could open later.
func (r *Ring) Open(sealed []byte, at Place) ([]byte, error) {
	l, err := r.current()
	if errors.Is(err, fs.ErrNotExist) && l != nil {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	plain, err := l.envelope.Decrypt(sealed, at.associated())
	if err != nil {
		return nil, l.refused(sealed, at)
	}
	return plain, nil
}

// refused says why a value did not open.
func (l *loaded) refused(sealed []byte, at Place) *Error {
	id, ok := KeyOf(sealed)
	if !ok {
		return &Error{Reason: Damaged, Place: at}
	}
	for _, k := range keysOf(l.handle) {
		switch {
		case k.ID == id && k.Enabled:
			return &Error{Reason: Damaged, Place: at, Key: id}
		case k.ID == id:
			return &Error{Reason: Disabled, Place: at, Key: id}
		}
	}
	return &Error{Reason: Unknown, Place: at, Key: id}
}

// KeyOf returns the id of the key of the ring that a value is sealed with.
func KeyOf(sealed []byte) (id uint32, ok bool) {
	// an envelope: the length of the wrapped key, then that, which begins with
	// Tink's mark and the id
	if len(sealed) < 9 || sealed[4] != 1 {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[5:9]), true
}

// current is the ring as it is now. When that cannot be told it is an error, with
// the ring as it was.
func (r *Ring) current() (*loaded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stamp, err := r.from.stamp()
	if err != nil {
		return r.loaded, err
	}
	if r.loaded != nil && r.loaded.stamp == stamp {
		return r.loaded, nil
	}
	text, err := r.from.read()
	if err != nil {
		return nil, err
	}
	l, err := load(text, r.from.String())
	if err != nil {
		return nil, err
	}
	l.stamp = stamp
	r.loaded = l
	return l, nil
}

func load(text []byte, from string) (*loaded, error) {
	handle, err := readKeyset(bytes.NewReader(text))
	if err != nil {
		// Tink's error could quote the text
		return nil, fmt.Errorf("the keys in %s cannot be read: they are no Tink keyset in JSON", from)
	}
	master, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("the keys in %s are not for encryption: %w", from, err)
	}
	return &loaded{handle: handle, envelope: aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), master)}, nil
}
