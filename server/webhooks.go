package server

import (
	"context"
	"log/slog"
	"net/netip"
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/webhook"
)

// openWebhooks reads the webhooks and has changes of rows followed.
func (s *Server) openWebhooks(ctx context.Context) (err error) {
	c := s.cfg.Webhooks
	env := s.cfg.Platform.Environment
	s.webhooks, err = webhook.New(ctx, webhook.Options{
		DB: s.db, Engine: s.engine, Queue: s.queue, Ring: s.ring, Env: env,
		UserByID: s.security.UserByID, UserNamed: s.security.UserNamed, Audit: s.security.Audit,
		Allow: networks(c.Allow), Ports: ports(c.Ports), Plain: env == "dev" || env == "test",
		Connect: c.ConnectTimeout, Timeout: c.Timeout, Attempts: c.Attempts, PerTarget: c.PerTarget,
		DisableAfter: time.Duration(c.DisableAfterHours) * time.Hour, Keep: time.Duration(c.KeepDays) * 24 * time.Hour,
		Logger: slog.New(s.logs.Handler(slog.LevelWarn)), Now: time.Now,
	})
	if err == nil {
		s.close = append(s.close, s.webhooks.Close)
	}
	return err
}

// networks are those of a list that config has checked.
func networks(texts []string) []netip.Prefix {
	var nets []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			nets = append(nets, p)
		} else if a, err := netip.ParseAddr(text); err == nil {
			nets = append(nets, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return nets
}

// ports are those of a list that config has checked.
func ports(texts []string) []int {
	var all []int
	for _, text := range texts {
		if n, err := strconv.Atoi(text); err == nil {
			all = append(all, n)
		}
	}
	return all
}
