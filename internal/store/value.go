package store

import "github.com/shopspring/decimal"

// JSON is a JSON text, as an argument and, by its address, as a destination.
type JSON []byte

// Decimal is a decimal number as an argument, and *Decimal as a destination. It
// is stored with Scale digits after the point; more digits, or a number that
// does not fit 64 bits when the point is taken away, is a Range error.
type Decimal struct {
	Value decimal.Decimal
	Scale int
	Null  bool // as a destination: the column was null; as an argument: it is to be
}
