package security

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/cache"
)

// sealed keeps values in a shared cache so that only nodes with the database's
// secret can have written them, and only under the key that they are read by.
type sealed struct {
	cache  cache.Cache
	secret []byte
}

func (s *sealed) mac(key string, value []byte) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte(strconv.Itoa(len(key)) + ":" + key))
	h.Write(value)
	return h.Sum(nil)
}

func (s *sealed) get(ctx context.Context, key string, into any) bool {
	kept, ok := s.cache.Get(ctx, key)
	if !ok || len(kept) < sha256.Size {
		return false
	}
	value := kept[sha256.Size:]
	return hmac.Equal(kept[:sha256.Size], s.mac(key, value)) && json.Unmarshal(value, into) == nil
}

// set does not wait: whoever has the value needs no cache, and one that does not
// answer would hold up requests. The value must not change any more.
func (s *sealed) set(key string, value any, ttl time.Duration) {
	go func() {
		b, err := json.Marshal(value)
		if err != nil {
			return
		}
		s.cache.Set(context.Background(), key, append(s.mac(key, b), b...), ttl)
	}()
}

func rowsKey(epoch int64) string { return "permissions:" + strconv.FormatInt(epoch, 10) }

// recallTime bounds how long the rows that another node shared are waited for:
// the database has them in a few milliseconds, too.
const recallTime = 10 * time.Millisecond

// recall compiles the rows of the epoch that another node shared, if any. The
// caller compares the epoch with the database's before it believes them.
func (p *Permissions) recall(ctx context.Context, epoch int64) *snapshot {
	if p.shared == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, recallTime)
	defer cancel()
	var rows []row
	if !p.shared.get(ctx, rowsKey(epoch), &rows) {
		return nil
	}
	return compile(epoch, rows, p.reg, &p.groups, p.now())
}

func (p *Permissions) share(epoch int64, rows []row) {
	if p.shared != nil {
		p.shared.set(rowsKey(epoch), rows, p.ttl)
	}
}
