package store

import (
	"fmt"
	"math"
	"math/big"

	"github.com/shopspring/decimal"
)

// JSON is a JSON text, as an argument and, by its address, as a destination. A
// null column leaves it nil.
type JSON []byte

// Decimal is a decimal number as an argument, and *Decimal as a destination. It
// is stored with Scale digits after the point, rounded half away from zero; a
// number that does not fit 64 bits when the point is taken away is a Range error.
type Decimal struct {
	Value decimal.Decimal
	Scale int
	Null  bool // as a destination: the column was null; as an argument: it is to be
}

// Scaled returns the number without its point, such as 1250 for 12.5 of scale 2.
func (d Decimal) Scaled() (int64, error) {
	if e := d.Value.Exponent(); e > 18 || e < -10_000 {
		// shifting it would take time and memory without bounds
		return 0, d.tooLarge()
	}
	v := d.Value.Round(int32(d.Scale)).Shift(int32(d.Scale))
	if c := v.Coefficient(); v.Exponent() == 0 && c.IsInt64() {
		return c.Int64(), nil
	}
	if b := v.BigInt(); b.IsInt64() {
		return b.Int64(), nil
	}
	return 0, d.tooLarge()
}

func (d Decimal) tooLarge() error {
	most := new(big.Int).Quo(big.NewInt(math.MaxInt64), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil))
	return &Error{Kind: Range, Text: fmt.Sprintf("a decimal with %d digits after the point is at most %s", d.Scale, most)}
}

// setScaled puts a stored number in.
func (d *Decimal) setScaled(n int64) {
	d.Value, d.Null = decimal.New(n, -int32(d.Scale)), false
}
