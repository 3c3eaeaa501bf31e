package crm

import (
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// Customer is a firm that buys from us.
type Customer struct {
	appos.Entity[Customer]

	Code        string            `validate:"required,max=20" appos:"unique,search"`
	Name        string            `validate:"required,max=100" appos:"display,search"`
	Contact     string            `validate:"max=100" appos:"search"`
	Email       *string           `validate:"omitempty,email,max=200" appos:"unique,search"`
	Phone       string            `validate:"max=40"`
	City        string            `validate:"max=60" appos:"search"`
	Country     string            `validate:"max=60"`
	Tier        Tier              `validate:"oneof=bronze silver gold platinum" appos:"default=bronze"`
	CreditLimit decimal.Decimal   `validate:"gte=0" appos:"scale=2"`
	Region      *appos.ID[Region] // none for customers that no team looks after
	Since       *appos.Date       `appos:"default=today"`
	Tags        []string          `validate:"max=10,unique,dive,required,max=30"`

	Orders appos.Many[Order] `appos:"by=Customer"`
}

var _ = appos.Record[Customer](App, appos.CRUD{
	View:   appos.Allow(Sales, Support, Admins, APIConsumers),
	Create: appos.Allow(Sales, Admins),
	Update: appos.Allow(Sales, Admins),
	Delete: appos.Allow(Admins),
}, appos.Audited, appos.SoftDeleted)

// Tier ranks a customer by what it buys.
type Tier string

// The tiers.
const (
	Bronze   Tier = "bronze"
	Silver   Tier = "silver"
	Gold     Tier = "gold"
	Platinum Tier = "platinum"
)
