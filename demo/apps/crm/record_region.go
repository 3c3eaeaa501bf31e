package crm

import "github.com/apposengine/appos"

// Region is a part of the world that a sales team looks after.
type Region struct {
	appos.Entity[Region]

	Name      string               `validate:"required,max=60" appos:"display,search,unique"`
	Customers appos.Many[Customer] `appos:"by=Region"`
}

var _ = appos.Record[Region](App, appos.CRUD{
	View:   appos.Allow(Sales, Support, Admins, APIConsumers),
	Create: appos.Allow(Admins),
	Update: appos.Allow(Admins),
	Delete: appos.Allow(Admins),
})
