package main

import (
	"math"
	"math/big"
	"strconv"
)

// number is an amount or a total. An amount has up to 38 digits and a total more; nearly all fit
// into 64 bits, so large is nil until one does not.
type number struct {
	small int64
	large *big.Int
}

const smallDigits = 18

// parseNumber reads digits, perhaps behind a minus, whose form is known to be right.
func parseNumber(digits []byte) number {
	if len(digits) > smallDigits {
		large, _ := new(big.Int).SetString(string(digits), 10)
		return number{large: large}
	}
	var value int64
	isNegative := len(digits) > 0 && digits[0] == '-'
	if isNegative {
		digits = digits[1:]
	}
	for _, digit := range digits {
		value = value*10 + int64(digit-'0')
	}
	if isNegative {
		value = -value
	}
	return number{small: value}
}

func (n number) plus(m number) number {
	if n.large == nil && m.large == nil {
		if sum := n.small + m.small; (sum > n.small) == (m.small > 0) {
			return number{small: sum}
		}
	}
	return number{large: new(big.Int).Add(n.whole(), m.whole())}
}

func (n number) negated() number {
	if n.large == nil && n.small != math.MinInt64 {
		return number{small: -n.small}
	}
	return number{large: new(big.Int).Neg(n.whole())}
}

func (n number) whole() *big.Int {
	if n.large != nil {
		return n.large
	}
	return big.NewInt(n.small)
}

func (n number) sign() int {
	if n.large != nil {
		return n.large.Sign()
	}
	switch {
	case n.small < 0:
		return -1
	case n.small > 0:
		return 1
	}
	return 0
}

func (n number) appendTo(buffer []byte) []byte {
	if n.large != nil {
		return n.large.Append(buffer, 10)
	}
	return strconv.AppendInt(buffer, n.small, 10)
}
