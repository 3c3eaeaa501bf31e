package cache

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Publish implements Cache.
func (r *Redis) Publish(ctx context.Context, channel string, message []byte) {
	r.hub.send(channel, message)
	tagged := r.node + string(message)
	r.do(ctx, func(ctx context.Context, c rueidis.Client) error {
		return c.Do(ctx, c.B().Publish().Channel(r.channel(channel)).Message(tagged).Build()).Error()
	})
}

// Subscribe implements Cache.
func (r *Redis) Subscribe(channel string, f func([]byte)) (cancel func()) {
	return r.hub.subscribe(channel, f)
}

func (r *Redis) channel(name string) string { return r.o.Prefix + "channel:" + name }

// listen hands the messages of other nodes to the subscribers of this one. One
// subscription to all channels is enough: messages are few and small.
func (r *Redis) listen(client rueidis.Client) {
	prefix := r.channel("")
	for r.ctx.Err() == nil {
		// it returns when the connection is lost
		_ = client.Receive(r.ctx, client.B().Psubscribe().Pattern(glob(prefix)+"*").Build(), func(m rueidis.PubSubMessage) {
			channel, ok := strings.CutPrefix(m.Channel, prefix)
			if !ok || len(m.Message) < len(r.node) || strings.HasPrefix(m.Message, r.node) {
				return
			}
			r.hub.send(channel, []byte(m.Message[len(r.node):]))
		})
		select {
		case <-r.ctx.Done():
		case <-time.After(r.o.Probe):
		}
	}
}

// glob makes a pattern that matches the text.
func glob(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(text)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
