package platform

import (
	"context"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// CreateServiceAccount adds an account for an outside system. It has no password
// and opens no screen; [CreateAPIKey] gives it a key.
type CreateServiceAccount struct {
	appos.Returns[CreatedUser]

	Name     string `validate:"required,max=63"` // a-z, 0-9, _ . -, beginning with a letter
	FullName string `validate:"max=120"`         // what it is, for people
	Email    string `validate:"omitempty,email,max=200"`
	Groups   []string
}

// CreateAPIKey makes an API key of an account. A key of a system administrator is
// made by system administrators only.
type CreateAPIKey struct {
	appos.Returns[IssuedAPIKey]

	Account  string        `validate:"required"`
	Name     string        `validate:"required,max=100"` // what it is for, for people
	Groups   []string      // of the account's, that the key is narrowed to; none is all that the account has
	Lifetime time.Duration // zero is security.api_keys.lifetime_days of appos.yaml
	Forever  bool          // it does not expire, whatever Lifetime says
}

// RotateAPIKey makes a key that follows another: for the same account, name, groups
// and time. The old one is good for the grace time yet, so that clients can change.
type RotateAPIKey struct {
	appos.Returns[IssuedAPIKey]

	Key   string        `validate:"required"` // the id of the old one
	Grace time.Duration // at most 30 days; zero ends the old one at once
}

// IssuedAPIKey answers [CreateAPIKey] and [RotateAPIKey].
type IssuedAPIKey struct {
	Key       string // the id, by which the key is listed and revoked
	Secret    string `appos:"sensitive"` // the key itself, which nothing can read again
	Account   string
	Name      string
	Groups    []string   // what it is narrowed to; none is all that the account has
	ExpiresAt *time.Time // nil is never
}

// RevokeAPIKey ends a key at once, on every node.
type RevokeAPIKey struct {
	appos.Returns[appos.None]

	Key string `validate:"required"` // its id
}

// ListAPIKeys lists keys, the newest first.
type ListAPIKeys struct {
	appos.Returns[APIKeys]

	Account string // whose; "" is everyone's
	State   string `validate:"omitempty,oneof=active expiring disabled expired revoked"`
	After   string // APIKeys.Next of the page before
	Limit   int    `validate:"gte=0,lte=500"` // 0 is 50
}

// APIKeys answers [ListAPIKeys].
type APIKeys struct {
	Keys []APIKey
	Next string // ListAPIKeys.After of the next page; "" is the end
}

// APIKey is a key as a list shows it, without its secret.
type APIKey struct {
	Key       string // the id
	Account   string
	Name      string
	Groups    []string // what it is narrowed to; none is all that the account has
	State     string   // active, expiring, disabled, expired or revoked
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt *time.Time // nil is never
	UsedAt    *time.Time // exact to a minute; nil is never
	UsedFrom  string     // the address
}

func declareKeys(app *appos.App, service func() *security.Service) {
	admins := appos.Allow(security.AdminGroup)

	appos.Rule(app, func(ctx context.Context, in CreateServiceAccount) (CreatedUser, error) {
		id, err := service().CreateUser(ctx, actor(ctx), security.NewUser{
			Name: in.Name, FullName: in.FullName, Email: in.Email, Groups: in.Groups, Type: object.ServiceAccount,
		})
		return CreatedUser{id}, err
	}, admins)

	appos.Rule(app, func(ctx context.Context, in CreateAPIKey) (IssuedAPIKey, error) {
		a, err := service().AccountNamed(ctx, in.Account)
		if err != nil {
			return IssuedAPIKey{}, err
		}
		n := security.NewKey{UserID: a.ID, Name: in.Name, Groups: in.Groups, Lifetime: in.Lifetime}
		if in.Forever {
			n.Lifetime = security.Forever
		}
		return issued(service().CreateKey(ctx, actor(ctx), n))
	}, admins)

	appos.Rule(app, func(ctx context.Context, in RotateAPIKey) (IssuedAPIKey, error) {
		return issued(service().RotateKey(ctx, actor(ctx), in.Key, in.Grace))
	}, admins)

	rule(app, func(ctx context.Context, actor *object.User, in RevokeAPIKey) error {
		return service().RevokeKey(ctx, actor, in.Key)
	})

	appos.Rule(app, func(ctx context.Context, in ListAPIKeys) (APIKeys, error) {
		q := security.KeyQuery{State: security.KeyState(in.State), After: in.After, Limit: in.Limit}
		if in.Account != "" {
			a, err := service().AccountNamed(ctx, in.Account)
			if err != nil {
				return APIKeys{}, err
			}
			q.UserID = a.ID
		}
		page, err := service().Keys(ctx, q)
		all := APIKeys{Next: page.Next}
		now := service().Now()
		for _, k := range page.Items {
			all.Keys = append(all.Keys, APIKey{
				Key: k.ID, Account: k.User, Name: k.Name, Groups: k.Groups, State: string(k.State(now)), CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt,
				ExpiresAt: orNil(k.ExpiresAt), UsedAt: orNil(k.UsedAt), UsedFrom: k.UsedFrom,
			})
		}
		return all, err
	}, admins)
}

func issued(k security.IssuedKey, err error) (IssuedAPIKey, error) {
	return IssuedAPIKey{Key: k.ID, Secret: k.Secret, Account: k.User, Name: k.Name, Groups: k.Groups, ExpiresAt: orNil(k.ExpiresAt)}, err
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
