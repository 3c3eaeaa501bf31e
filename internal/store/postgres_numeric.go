package store

import (
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/shopspring/decimal"
)

// A numeric travels as digits to the base 10,000: how many there are, the power
// of the first, the sign, how many decimal digits follow the point, the digits.
const (
	numericPositive = 0x0000
	numericNegative = 0x4000
)

// appendNumeric encodes n without its point, which stands scale digits from the
// right.
func appendNumeric(b []byte, n int64, scale int) []byte {
	sign, rest := uint16(numericPositive), uint64(n)
	if n < 0 {
		sign, rest = numericNegative, -rest
	}
	var digits [8]uint16 // from the last to the first
	count, after := 0, (scale+3)/4
	if odd := scale % 4; odd > 0 { // the last digit is filled up with zeros
		power := uint64(pow10(odd))
		digits[0] = uint16(rest % power * uint64(pow10(4-odd)))
		rest /= power
		count++
	}
	for ; rest > 0 || count < after; count++ {
		digits[count] = uint16(rest % 10_000)
		rest /= 10_000
	}
	b = binary.BigEndian.AppendUint16(b, uint16(count))
	b = binary.BigEndian.AppendUint16(b, uint16(int16(count-after-1)))
	b = binary.BigEndian.AppendUint16(b, sign)
	b = binary.BigEndian.AppendUint16(b, uint16(scale))
	for i := count - 1; i >= 0; i-- {
		b = binary.BigEndian.AppendUint16(b, digits[i])
	}
	return b
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// decodeNumeric decodes a numeric, with as many digits after the point as it is
// declared to have.
func decodeNumeric(src []byte) (decimal.Decimal, error) {
	if len(src) < 8 || len(src)%2 != 0 {
		return decimal.Decimal{}, broken("numeric", src)
	}
	count := int(binary.BigEndian.Uint16(src))
	weight := int(int16(binary.BigEndian.Uint16(src[2:])))
	sign := binary.BigEndian.Uint16(src[4:])
	scale := int(binary.BigEndian.Uint16(src[6:]))
	digits := src[8:]
	if sign != numericPositive && sign != numericNegative {
		return decimal.Decimal{}, &Error{Kind: Range, Text: "a numeric that is no number"}
	}
	if len(digits) != 2*count {
		return decimal.Decimal{}, broken("numeric", src)
	}
	// the digits are a whole number times ten to the power of shift-scale
	shift := 4*(weight-count+1) + scale
	if 4*count+max(shift, 0) <= 18 {
		n := int64(0)
		for i := range count {
			n = n*10_000 + int64(binary.BigEndian.Uint16(digits[2*i:]))
		}
		if shift >= 0 {
			n *= pow10(shift)
		} else {
			n /= pow10(min(-shift, 18))
		}
		if sign == numericNegative {
			n = -n
		}
		return decimal.New(n, -int32(scale)), nil
	}
	n, base := new(big.Int), big.NewInt(10_000)
	for i := range count {
		n.Mul(n, base)
		n.Add(n, big.NewInt(int64(binary.BigEndian.Uint16(digits[2*i:]))))
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil)
	if shift >= 0 {
		n.Mul(n, power)
	} else {
		n.Quo(n, power)
	}
	if sign == numericNegative {
		n.Neg(n)
	}
	return decimal.NewFromBigInt(n, -int32(scale)), nil
}

func broken(what string, src []byte) error {
	return &Error{Kind: Invalid, Text: fmt.Sprintf("a %s of %d bytes came from the server", what, len(src))}
}
