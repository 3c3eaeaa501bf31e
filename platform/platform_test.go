package platform_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// opened is a server without apps of its own, as the account system and as a user
// without rights see it.
func opened(t *testing.T) (system, nobody context.Context) {
	t.Helper()
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.AdminPassword = config.NewSecret("correct horse battery")
	s, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if system, err = s.As(t.Context(), "system"); err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Call(system, platform.CreateUser{Name: "zoe"}); err != nil {
		t.Fatal(err)
	}
	if nobody, err = s.As(t.Context(), "zoe"); err != nil {
		t.Fatal(err)
	}
	return system, nobody
}

// messages are all of the app's, good enough to run in this order.
func messages() []func(context.Context) error {
	call := func(m appos.Callable[appos.None]) func(context.Context) error {
		return func(ctx context.Context) error { _, err := appos.Call(ctx, m); return err }
	}
	name := "Zoe Zander"
	return []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := appos.Call(ctx, platform.CreateUser{Name: "max", Password: "a long password"})
			return err
		},
		call(platform.UpdateUser{User: "zoe", FullName: &name}),
		call(platform.SetPassword{User: "zoe", Password: "another long one"}),
		call(platform.SetUserActive{User: "max"}),
		call(platform.CreateGroup{Name: "crew", Description: "Those on board"}),
		call(platform.DescribeGroup{Group: "crew", Description: "All hands"}),
		call(platform.SetGroupActive{Group: "crew", Active: true}),
		call(platform.AddUserToGroup{User: "zoe", Group: "crew"}),
		call(platform.SetPermissions{Ref: "platform.rules.create_group", Grants: map[string][]string{"crew": {"view", "use"}}}),
		call(platform.RestoreDeclared{Ref: "platform.rules.create_group"}),
		call(platform.RevokeUserSessions{User: "zoe"}),
		call(platform.RemoveUserFromGroup{User: "zoe", Group: "crew"}),
		func(ctx context.Context) error {
			_, err := appos.Call(ctx, platform.CreateServiceAccount{Name: "robot", Groups: []string{"crew"}})
			return err
		},
		func(ctx context.Context) error {
			k, err := appos.Call(ctx, platform.CreateAPIKey{Account: "robot", Name: "ci", Groups: []string{"crew"}, Forever: true})
			if err == nil && (k.Secret == "" || k.ExpiresAt != nil || k.Account != "robot" || len(k.Groups) != 1) {
				return fmt.Errorf("the key is of %s, until %v, for %v", k.Account, k.ExpiresAt, k.Groups)
			}
			return err
		},
		func(ctx context.Context) error {
			list, err := appos.Call(ctx, platform.ListAPIKeys{Account: "robot"})
			if err != nil {
				return err
			}
			k, err := appos.Call(ctx, platform.RotateAPIKey{Key: list.Keys[0].Key, Grace: time.Hour})
			if err == nil && (k.Secret == "" || k.Key == list.Keys[0].Key) {
				return errors.New("it is the same key")
			}
			return err
		},
		func(ctx context.Context) error {
			list, err := appos.Call(ctx, platform.ListAPIKeys{Limit: 1, State: "active"})
			if err != nil {
				return err
			}
			_, err = appos.Call(ctx, platform.RevokeAPIKey{Key: list.Keys[0].Key})
			return err
		},
	}
}

func TestRules(t *testing.T) {
	system, nobody := opened(t)
	for i, run := range messages() {
		if err := run(nobody); !errors.Is(err, appos.Denied) {
			t.Errorf("message %d of a user without rights: %v", i, err)
		}
		if err := run(system); err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
}

// TestGrantedRule: an administrator can give a rule to a group, and it counts at
// once.
func TestGrantedRule(t *testing.T) {
	system, zoe := opened(t)
	steps := []appos.Callable[appos.None]{
		platform.CreateGroup{Name: "crew"},
		platform.AddUserToGroup{User: "zoe", Group: "crew"},
		platform.SetPermissions{Ref: "platform.rules.create_group", Grants: map[string][]string{"crew": {"use"}}},
	}
	for _, m := range steps {
		if _, err := appos.Call(system, m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := appos.Call(zoe, platform.CreateGroup{Name: "friends"}); err != nil {
		t.Errorf("with the right: %v", err)
	}
	if _, err := appos.Call(system, platform.RestoreDeclared{Ref: "platform.rules.create_group"}); err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Call(zoe, platform.CreateGroup{Name: "enemies"}); !errors.Is(err, appos.Denied) {
		t.Errorf("without it: %v", err)
	}
}

// TestKeysOfAdministrators: who was given the rules of keys does not become an
// administrator by one.
func TestKeysOfAdministrators(t *testing.T) {
	system, zoe := opened(t)
	if _, err := appos.Call(system, platform.AddUserToGroup{User: "zoe", Group: "crew"}); !errors.Is(err, appos.NotFound) {
		t.Fatal(err)
	}
	for _, m := range []appos.Callable[appos.None]{
		platform.CreateGroup{Name: "crew"},
		platform.AddUserToGroup{User: "zoe", Group: "crew"},
		platform.SetPermissions{Ref: "platform.rules.*", Grants: map[string][]string{"crew": {"use"}}},
	} {
		if _, err := appos.Call(system, m); err != nil {
			t.Fatal(err)
		}
	}
	admins, err := appos.Call(system, platform.CreateAPIKey{Account: "admin", Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Call(zoe, platform.CreateAPIKey{Account: "zoe", Name: "x"}); err != nil {
		t.Errorf("her own: %v", err)
	}
	if k, err := appos.Call(zoe, platform.CreateAPIKey{Account: "admin", Name: "x"}); !errors.Is(err, appos.Denied) || k.Secret != "" {
		t.Errorf("the administrator's: %v", err)
	}
	if k, err := appos.Call(zoe, platform.RotateAPIKey{Key: admins.Key}); !errors.Is(err, appos.Denied) || k.Secret != "" {
		t.Errorf("the administrator's, rotated: %v", err)
	}
}

func TestBadInput(t *testing.T) {
	system, _ := opened(t)
	for name, tt := range map[string]struct {
		run  appos.Callable[appos.None]
		code object.Code
	}{
		"an unknown user":         {platform.SetUserActive{User: "nobody"}, appos.NotFound},
		"an unknown group":        {platform.AddUserToGroup{User: "zoe", Group: "nobody"}, appos.NotFound},
		"a group twice":           {platform.CreateGroup{Name: "public_access"}, appos.Conflict},
		"a name that is none":     {platform.CreateGroup{Name: "No Name"}, appos.Invalid},
		"an unknown permission":   {platform.SetPermissions{Ref: "platform.rules.create_group", Grants: map[string][]string{"public_access": {"fly"}}}, appos.Invalid},
		"one that means nothing":  {platform.SetPermissions{Ref: "platform.rules.create_group", Grants: map[string][]string{"public_access": {"delete"}}}, appos.Invalid},
		"an unknown object":       {platform.SetPermissions{Ref: "platform.rules.destroy_world"}, appos.NotFound},
		"a password too short":    {platform.SetPassword{User: "zoe", Password: "short"}, appos.Invalid},
		"the account of the jobs": {platform.SetUserActive{User: "system"}, appos.Conflict},
		"the last administrator":  {platform.SetUserActive{User: "admin"}, appos.Conflict},
		"a key that is none":      {platform.RevokeAPIKey{Key: "nosuchkey000"}, appos.NotFound},
		"a session that is none":  {platform.RevokeSession{Session: 4711}, appos.NotFound},
	} {
		if _, err := appos.Call(system, tt.run); !errors.Is(err, tt.code) {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
}
