package security_test

import (
	"context"
	"fmt"
	"log"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
)

func Example() {
	ctx := context.Background()
	db, err := store.Open(ctx, "sqlite::memory:", store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := migrate.Create(ctx, db, security.Tables()...); err != nil {
		log.Fatal(err)
	}
	app := &object.App{Name: "crm"}
	app.Objects = []*object.Object{{App: app, Kind: object.KindRecord, Name: "customer", Ref: "crm.records.customer",
		Declared: true, Grants: []object.Grant{{Group: "sales", Permissions: object.View}}}}
	reg, _ := object.NewRegistry(app)

	// at every start
	s, err := security.New(ctx, security.Options{DB: db, Registry: reg})
	if err != nil {
		log.Fatal(err)
	}
	first := security.Bootstrap{AdminPassword: "a long password", Groups: map[string]string{"sales": "Sells"}}
	if _, err := s.Bootstrap(ctx, first); err != nil {
		log.Fatal(err)
	}
	if _, err := s.Permissions().Sync(ctx, nil); err != nil {
		log.Fatal(err)
	}

	// an administrator adds a user
	admin, _ := s.UserNamed(ctx, "admin")
	if _, err := s.CreateUser(ctx, admin, security.NewUser{Name: "ana", Password: "tulips in may", Groups: []string{"sales"}}); err != nil {
		log.Fatal(err)
	}

	// who signs in, and asks
	in, err := s.SignIn(ctx, security.SignIn{Name: "ana", Password: "tulips in may", Address: "192.0.2.1"})
	if err != nil {
		log.Fatal(err)
	}
	u, _, err := s.Authenticate(ctx, in.Token)
	if err != nil {
		log.Fatal(err)
	}
	customer := reg.ByRef("crm.records.customer")
	fmt.Println(s.Permissions().Check(u, customer, object.View), s.Permissions().Check(u, customer, object.Delete))
	why, _ := s.Permissions().Explain(ctx, u, customer, object.Delete)
	fmt.Println(why.Text)
	// Output:
	// true false
	// ana has no delete on crm.records.customer: group sales has view by declared rows on crm.records.customer
}
