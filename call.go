package appos

import (
	"context"
	"log/slog"

	"github.com/apposengine/appos/internal/object"
)

// Call runs the rule that the message addresses, as the user of ctx, and returns
// its answer. Every error is an [*Error].
func Call[Out any](ctx context.Context, m Callable[Out]) (Out, error) {
	var none Out
	rt, err := runtimeOf(ctx)
	if err != nil {
		return none, err
	}
	out, err := rt.Call(ctx, m)
	if err != nil {
		return none, err
	}
	answer, ok := out.(Out)
	if !ok {
		return none, Errorf(Internal, "%T was answered with a %T", m, out)
	}
	return answer, nil
}

// Dispatch runs the object with the reference. Inputs are named by the message's
// fields in snake case; they are converted and checked.
func Dispatch(ctx context.Context, ref Ref, inputs map[string]any) (any, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return nil, err
	}
	return rt.Dispatch(ctx, string(ref), inputs)
}

// Account is who something runs as.
type Account struct {
	Name     string // the sign-in name
	FullName string
	Email    string
	Language string // such as "fr"
	TimeZone string // such as "Europe/Paris"; "" is UTC
	Groups   []Group
}

// User returns who ctx runs as. Outside of AppOS it is the zero Account.
func User(ctx context.Context) Account {
	f := object.FrameOf(ctx)
	if f == nil {
		return Account{}
	}
	u := f.Exec.User
	a := Account{u.Name, u.FullName, u.Email, f.Exec.Language, u.TimeZone, make([]Group, len(u.Groups))}
	for i, g := range u.Groups {
		a.Groups[i] = Group(g)
	}
	return a
}

// Member says whether the user of ctx is in the group. System administrators
// are in every group.
func Member(ctx context.Context, group Group) bool {
	f := object.FrameOf(ctx)
	return f != nil && (f.Exec.User.Type == object.SystemAdmin || f.Exec.User.Member(string(group)))
}

// Env returns the environment, such as "dev" or "prod".
func Env(ctx context.Context) string {
	if f := object.FrameOf(ctx); f != nil {
		return f.Exec.Env
	}
	return ""
}

// ExecutionID returns the id that the logs of everything one request leads to share.
func ExecutionID(ctx context.Context) string {
	if f := object.FrameOf(ctx); f != nil {
		return f.Exec.ID
	}
	return ""
}

// Log returns the logger of the object that runs. Its entries carry the object,
// the user and the execution.
func Log(ctx context.Context) *slog.Logger {
	if f := object.FrameOf(ctx); f != nil {
		return f.Exec.Runtime.Logger(ctx)
	}
	return slog.Default()
}

// Event adds an entry to the event log of the app that runs, in the transaction
// of ctx when there is one.
func Event(ctx context.Context, name string, fields map[string]any) error {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return err
	}
	return rt.Event(ctx, name, fields)
}
