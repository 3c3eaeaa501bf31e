package config

import "fmt"

// check compares keys with each other, which no tag can.
func (d *decoder) check(c *Config) {
	p := c.Database.Pool
	d.notAbove("database.pool.min", p.Min, "database.pool.max", p.Max)
	for _, q := range []struct {
		key string
		Queue
	}{
		{"workers.queues.default", c.Workers.Queues.Default},
		{"workers.queues.process_steps", c.Workers.Queues.ProcessSteps},
		{"workers.queues.scheduled", c.Workers.Queues.Scheduled},
		{"workers.queues.webhooks", c.Workers.Queues.Webhooks},
	} {
		d.notAbove(q.key+".min", q.Min, q.key+".concurrency", q.Concurrency)
		d.notAbove(q.key+".concurrency", q.Concurrency, q.key+".max", q.Max)
	}
	if s := c.Security.Session; s.Idle > s.Absolute {
		d.problem(d.later("security.session.idle", "security.session.absolute"),
			fmt.Sprintf("security.session.idle (%s) is longer than security.session.absolute (%s); shorten one or lengthen the other", duration(s.Idle), duration(s.Absolute)))
	}
	for name, own := range c.Apps {
		d.checkOrigins("apps."+name+".cors.origins", own.CORS.Origins)
	}
	if c.Redis.Sessions && !c.Redis.URL.Set() {
		d.problem("redis.sessions", "sessions cannot be kept in Redis without redis.url; set the url or remove the line")
	}
}

func (d *decoder) notAbove(low string, a int, high string, b int) {
	if a > b {
		d.problem(d.later(low, high), fmt.Sprintf("%s (%d) is greater than %s (%d); lower one or raise the other", low, a, high, b))
	}
}

// later is the key that was written last: the one to look at.
func (d *decoder) later(a, b string) string {
	pa, oka := d.at[a]
	pb, okb := d.at[b]
	if okb && (!oka || pa.file < pb.file || pa.file == pb.file && pa.line < pb.line) {
		return b
	}
	return a
}
