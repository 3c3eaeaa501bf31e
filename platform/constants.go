package platform

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/object"
)

// SetConstant sets a constant in one environment, in place of what the code says,
// until [ResetConstant]. The value is checked by the constant's type and rule. It
// holds at once on the node that runs this, on others within a second. Who runs it
// needs the permission to update the constant, too.
type SetConstant struct {
	appos.Returns[appos.None]

	Constant    string `validate:"required"` // a reference, such as "crm.constants.tax_rate"
	Environment string // such as "prod"; "" is the one that this runs in
	Value       string `validate:"max=10000"` // as the console shows it, such as "0.19", "true" or "1h30m"
	Version     *int64 // of what is replaced, as the console knows it; 0 is the code's; nil replaces anything
}

// ResetConstant makes a constant in one environment what the code says. It also
// clears away what is left of a constant that is gone.
type ResetConstant struct {
	appos.Returns[appos.None]

	Constant    string `validate:"required"`
	Environment string // "" is the one that this runs in
	Version     *int64 // as of SetConstant
}

func declareConstants(app *appos.App, constants func() *constant.Overrides) {
	rule(app, func(ctx context.Context, actor *object.User, in SetConstant) error {
		if err := mayUpdate(ctx, in.Constant); err != nil {
			return err
		}
		return constants().Set(ctx, constant.Change{Ref: in.Constant, Env: in.Environment, Text: &in.Value, Version: in.Version, By: actor.Name})
	})
	rule(app, func(ctx context.Context, actor *object.User, in ResetConstant) error {
		if err := mayUpdate(ctx, in.Constant); err != nil {
			return err
		}
		return constants().Set(ctx, constant.Change{Ref: in.Constant, Env: in.Environment, Version: in.Version, By: actor.Name})
	})
}

// mayUpdate refuses who has not the permission to update the object: a group can
// be given the rule, and some of the objects. What is gone, the rule alone guards.
func mayUpdate(ctx context.Context, ref string) error {
	rt := object.FrameOf(ctx).Exec.Runtime
	o := rt.Registry().ByRef(ref)
	if o == nil || rt.Allowed(ctx, o, object.Update) {
		return nil
	}
	return &object.Error{Code: object.Denied, Object: o.Ref, Kind: o.Kind, Text: "you may not change " + o.Ref}
}
