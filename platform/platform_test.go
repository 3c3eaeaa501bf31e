package platform_test

import (
	"context"
	"errors"
	"testing"

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
		"a session that is none":  {platform.RevokeSession{Session: 4711}, appos.NotFound},
	} {
		if _, err := appos.Call(system, tt.run); !errors.Is(err, tt.code) {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
}
