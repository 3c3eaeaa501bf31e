package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps/crm"
	"github.com/apposengine/appos/demo/apps/finance"
	"github.com/apposengine/appos/platform"
)

var _ = appos.Setup(crm.App, accounts)

// accounts creates the users of the demonstration, who share a password:
// APPOS_DEMO_PASSWORD, or one that is made up and printed. The service account has
// none; "api-key create" gives it a key.
func accounts(ctx context.Context) error {
	password := os.Getenv("APPOS_DEMO_PASSWORD")
	if password == "" {
		password = rand.Text()[:16]
		fmt.Printf("The demo users ana, sam, cora and fin have the password %s\n", password)
	}
	var create errgroup.Group // the hashing of passwords takes a while
	for _, u := range []platform.CreateUser{
		{Name: "ana", FullName: "Ana Ferreira", Email: "ana@northlight.example", Groups: []string{string(crm.Sales)}},
		{Name: "sam", FullName: "Sam Whitaker", Email: "sam@northlight.example", Groups: []string{string(crm.Support)}},
		{Name: "cora", FullName: "Cora Lindqvist", Email: "cora@northlight.example", Groups: []string{string(crm.Admins)}},
		{Name: "fin", FullName: "Finn Gallagher", Email: "fin@northlight.example", Groups: []string{string(finance.Finance)}},
	} {
		u.Password = password
		create.Go(func() error {
			if _, err := appos.Call(ctx, u); err != nil && !errors.Is(err, appos.Conflict) {
				return err // a conflict is an account of a start that was cut off
			}
			return nil
		})
	}
	create.Go(func() error {
		_, err := appos.Call(ctx, platform.CreateServiceAccount{Name: "partner", FullName: "Partner integration", Groups: []string{string(crm.APIConsumers)}})
		if errors.Is(err, appos.Conflict) {
			return nil
		}
		return err
	})
	return create.Wait()
}
