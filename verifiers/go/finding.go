package main

import (
	"fmt"
	"runtime"
)

// finding is the first thing that is wrong. It travels as a panic from the check that fails to the
// one place that reports it (main.go), so that the checks read as the list that they are.
type finding struct {
	Table    string `json:"table"`
	Sequence int64  `json:"sequence,omitempty"`
	What     string `json:"what"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

func fail(what string, expected, found any) {
	panic(finding{What: what, Expected: fmt.Sprint(expected), Found: fmt.Sprint(found)})
}

func require(holds bool, what string, expected, found string) {
	if !holds {
		fail(what, expected, found)
	}
}

func equal[T comparable](what string, expected, found T) {
	if expected != found {
		fail(what, expected, found)
	}
}

// must turns what the standard library refuses into a finding.
func must[T any](value T, err error) T {
	if err != nil {
		fail("not of this format", "", err)
	}
	return value
}

// at says where the checks are that f makes, unless one of them knows better.
func at(table string, sequence int64, f func()) {
	defer located(table, sequence)
	f()
}

func located(table string, sequence int64) {
	switch wrong := recover().(type) {
	case nil:
	case finding:
		if wrong.Table == "" {
			wrong.Table, wrong.Sequence = table, sequence
		}
		panic(wrong)
	case runtime.Error:
		// Text that no check foresaw, such as a list too short: refused as well, not a crash.
		panic(finding{table, sequence, "not of this format", "", wrong.Error()})
	default:
		panic(wrong)
	}
}
