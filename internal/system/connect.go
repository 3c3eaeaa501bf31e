package system

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// The waits between attempts to reach a system that is down.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// take returns the client for one use, which ends with release. It waits for the
// first attempt to connect; a system that is down is tried in the background, and
// an error here at once.
func (s *System) take(ctx context.Context) (*lease, error) {
	for {
		s.mu.Lock()
		switch {
		case s.closed:
			s.mu.Unlock()
			return nil, &store.Error{Kind: store.Gone, Text: "the connected system " + s.o.Ref + " was closed"}
		case s.down != nil:
			err := s.unavailable(s.down)
			s.mu.Unlock()
			return nil, err
		case s.current != nil:
			l := s.current
			l.take()
			s.mu.Unlock()
			return l, nil
		}
		attempt := s.attempt()
		s.mu.Unlock()
		select {
		case <-attempt:
		case <-ctx.Done():
			return nil, &store.Error{Kind: store.Canceled, Err: ctx.Err()}
		}
	}
}

// unavailable is the error of who needs the system while it is down.
func (s *System) unavailable(o *outage) error {
	return &store.Error{Kind: store.Gone, Err: &object.Outage{System: s.o.Ref, RetryAfter: max(time.Second, wait(o.tries))}}
}

// wait is how long after so many failures the next attempt comes.
func wait(tries int) time.Duration {
	d := firstRetry
	for range tries - 1 {
		if d *= 2; d >= lastRetry {
			return lastRetry
		}
	}
	return d
}

// attempt begins to connect, unless that is under way. The mutex is held.
func (s *System) attempt() chan struct{} {
	if s.opening != nil || s.closed {
		return s.opening
	}
	done := make(chan struct{})
	s.opening = done
	generation := s.generation
	s.r.runs.Go(func() {
		client, v, err := s.connect(s.r.ctx)
		s.mu.Lock()
		s.opening = nil
		if generation != s.generation || s.closed {
			// the settings changed meanwhile; whoever needs it tries again
			s.mu.Unlock()
			if client != nil {
				_ = client.Close()
			}
			close(done)
			return
		}
		if err != nil {
			s.fail(err)
		} else {
			s.current = &lease{client: client, values: v}
			s.up()
		}
		s.mu.Unlock()
		close(done)
	})
	return done
}

// connect opens a client that can be used.
func (s *System) connect(ctx context.Context) (Client, Values, error) {
	timeout := s.values(s.r.o.Env).Duration("connect_timeout", connectTimeout)
	opening, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, v, err := s.open(opening, s.r.o.Env)
	if err != nil {
		return nil, v, err
	}
	db, ok := client.(*databaseClient)
	if !ok {
		return client, v, nil
	}
	if is := db.db.Dialect(); is != s.dialect {
		err = fmt.Errorf("it is %s now, and was %s when the server started; start the server again", is, s.dialect)
	} else if s.r.o.Prepare != nil {
		if err = s.r.o.Prepare(ctx, s.o, db.db); err != nil {
			err = fmt.Errorf("its tables: %w", scrubbed(err, v))
		}
	}
	if err != nil {
		_ = client.Close()
		return nil, v, err
	}
	return client, v, nil
}

// fail notes that the system cannot be used and when it is tried again. The
// mutex is held.
func (s *System) fail(err error) {
	if s.down == nil {
		s.down = &outage{since: s.r.o.Now()}
		defer s.r.o.Changed(s.o, err)
	}
	s.down.err = err
	s.down.tries++
	if s.closed {
		return
	}
	generation := s.generation
	s.retry = time.AfterFunc(wait(s.down.tries), func() { s.again(generation) })
}

// up notes that the system answers. The mutex is held.
func (s *System) up() {
	if s.down != nil {
		s.down = nil
		s.r.o.Changed(s.o, nil)
	}
}

// again tries a system that is down.
func (s *System) again(generation int) {
	s.mu.Lock()
	if s.closed || s.down == nil || s.generation != generation || s.r.ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	l := s.current
	if l == nil {
		s.attempt()
		s.mu.Unlock()
		return
	}
	l.take()
	s.r.runs.Add(1)
	s.mu.Unlock()
	defer s.r.runs.Done()
	err := s.ask(s.r.ctx, l)
	l.release()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation || s.closed || s.down == nil {
		return
	}
	if err != nil {
		s.fail(err)
	} else {
		s.up()
	}
}

// ask asks the other side whether it lives.
func (s *System) ask(ctx context.Context, l *lease) error {
	ctx, cancel := context.WithTimeout(ctx, s.r.o.Timeout)
	defer cancel()
	err := l.client.Check(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", s.r.o.Timeout)
	}
	if err != nil {
		if v, e := s.unsealed(s.r.o.Env); e == nil {
			err = scrubbed(err, v)
		}
	}
	return err
}

// report notes that a use of the client failed because the other side is gone.
// The next uses fail at once, until it answers again: it is asked shortly after.
func (s *System) report(l *lease, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == l && s.down == nil && !s.closed {
		s.fail(err)
	}
}
