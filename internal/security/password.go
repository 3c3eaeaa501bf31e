package security

import (
	"context"
	"crypto/rand"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/apposengine/appos/internal/object"
)

// hashing is what a password costs: 19 MiB, as OWASP has it.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// maxPassword bounds what is hashed.
const maxPassword = 512

// turns bounds how many passwords are hashed at once in the process, so that a
// storm of sign-ins waits in line instead of eating the memory, and leaves half of
// the processors to everything else.
var turns = make(chan struct{}, max(1, runtime.NumCPU()/2))

func inTurn(ctx context.Context, f func()) error {
	select {
	case turns <- struct{}{}:
		defer func() {
			// the next in line uses the same 19 MiB again, instead of as many more:
			// touching new memory takes longer than collecting a small heap
			runtime.GC()
			<-turns
		}()
		f()
		return nil
	case <-ctx.Done():
		return object.Errorf(object.Timeout, "too many sign-ins at once; try again: %w", ctx.Err())
	}
}

func hashPassword(ctx context.Context, password string) (hash string, err error) {
	if waiting := inTurn(ctx, func() { hash, err = argon2id.CreateHash(password, hashing) }); waiting != nil {
		return "", waiting
	}
	return hash, err
}

// nobody is the hash of no password. Comparing with it takes as long as with any
// other, so that the time of an answer does not say whether a user exists.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// matches compares a password with a hash; an empty hash matches nothing.
func matches(ctx context.Context, password, hash string) (ok bool, err error) {
	real := hash != "" && len(password) <= maxPassword
	if !real {
		hash, password = nobody, ""
	}
	waiting := inTurn(ctx, func() { ok, err = argon2id.ComparePasswordAndHash(password, hash) })
	if waiting != nil {
		return false, waiting
	}
	return ok && real, err
}

// PendingHash is a password that is being hashed.
type PendingHash struct {
	done chan struct{}
	hash string
	err  error
}

// HashInBackground begins to hash a password, which takes tens of milliseconds of
// one core, so that a start can do something else meanwhile.
func HashInBackground(password string) *PendingHash {
	h := &PendingHash{done: make(chan struct{})}
	go func() {
		defer close(h.done)
		h.hash, h.err = hashPassword(context.Background(), password)
	}()
	return h
}

func (h *PendingHash) wait(ctx context.Context) (string, error) {
	select {
	case <-h.done:
		return h.hash, h.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// GeneratePassword returns a password of 130 random bits, in groups that people
// can type.
func GeneratePassword() string {
	text := strings.ToLower(rand.Text())
	var groups []string
	for len(text) > 0 {
		n := min(len(text), 7)
		groups, text = append(groups, text[:n]), text[n:]
	}
	return strings.Join(groups, "-")
}

func (s *Service) checkPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < s.o.MinPassword:
		return fieldError("password", "min", "must have at least "+itoa(s.o.MinPassword)+" characters")
	case len(password) > maxPassword:
		return fieldError("password", "max", "must have at most "+itoa(maxPassword)+" bytes")
	}
	return nil
}
