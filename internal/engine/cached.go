package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/apposengine/appos/internal/object"
)

// cacheKey identifies an answer: the rule, the inputs, who asks with which
// rights, in which environment and language. It is false for inputs that have
// no JSON form.
func (e *Engine) cacheKey(f *object.Frame, o *object.Object, message any) (string, bool) {
	in, err := json.Marshal(message)
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256(in)
	return "rule:" + o.Ref + ":" + f.Exec.Env + ":" + f.Exec.Language + ":" + strconv.FormatInt(f.Exec.User.ID, 10) +
		":" + strconv.FormatInt(f.Exec.User.Epoch, 10) + ":" + hex.EncodeToString(sum[:]), true
}

// recall returns an answer that was kept. Answers are kept as JSON, so that what
// a caller does to one is not seen by the next.
func (e *Engine) recall(ctx context.Context, f *object.Frame, o *object.Object, message any) (any, bool) {
	key, ok := e.cacheKey(f, o, message)
	if !ok {
		return nil, false
	}
	kept, ok := e.cache.Get(ctx, key)
	if !ok {
		return nil, false
	}
	answer := reflect.New(o.Output)
	if json.Unmarshal(kept, answer.Interface()) != nil {
		return nil, false
	}
	return answer.Elem().Interface(), true
}

func (e *Engine) keep(ctx context.Context, f *object.Frame, o *object.Object, message, answer any) {
	key, ok := e.cacheKey(f, o, message)
	if !ok {
		return
	}
	if kept, err := json.Marshal(answer); err == nil {
		e.cache.Set(ctx, key, kept, o.CacheFor)
	}
}
