// Command verify checks offline what Partita gives away, with Go's standard library alone:
//
//	verify PATH [--key KEY]... [--witnesses N] [--checkpoint FILE]... [--record FILE] [--speed]
//
// PATH is a folder that `partita export journal FOLDER` wrote, or a file: a receipt, an inclusion
// proof (its record in --record), a consistency proof, a checkpoint. --key is a verifier key to trust
// (without one, an export is held against its own), --checkpoint one kept from another day, with
// which PATH must agree. It prints one JSON object, and exits with 0 if all is well, else with 1;
// with --speed it says on stderr how quick it was.
//
// It was written from spec/journal.md, spec/proofs.md and the vectors beside them, not from the
// program that they describe; the § in its comments are theirs.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// verdict is what is printed; what was verified is left out if something is wrong.
type verdict struct {
	OK         bool     `json:"ok"`
	Signatures string   `json:"signatures"`
	FirstBad   *finding `json:"first_bad"`
	*result
}

type result struct {
	Kind    string   `json:"kind"`
	Records int64    `json:"records"`
	Root    string   `json:"root"`
	Signers []string `json:"signers"`
}

type options struct {
	path, record      string
	keys, checkpoints []string
	witnesses         int
	speed             bool
}

func sum256(data []byte) hash { return sha256.Sum256(data) }

func main() {
	given, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		fmt.Fprintln(os.Stderr, "usage: verify PATH [--key KEY]... [--witnesses N] [--checkpoint FILE]... [--record FILE] [--speed]")
		os.Exit(2)
	}
	begun := time.Now()
	verified := verify(given)
	if given.speed && verified.OK {
		seconds := time.Since(begun).Seconds()
		fmt.Fprintf(os.Stderr, "%d records in %.2f s: %.0f a second\n", verified.Records, seconds, float64(verified.Records)/seconds)
	}
	printed := json.NewEncoder(os.Stdout)
	printed.SetEscapeHTML(false)
	if err := printed.Encode(verified); err != nil || !verified.OK {
		os.Exit(1)
	}
}

func parse(words []string) (given options, err error) {
	for n := 0; n < len(words); n++ {
		name, value, isGiven := strings.Cut(words[n], "=")
		if !strings.HasPrefix(name, "--") {
			if given.path != "" {
				return given, fmt.Errorf("one PATH, not also %s", words[n])
			}
			given.path = words[n]
			continue
		}
		if name == "--speed" {
			given.speed = true
			continue
		}
		if !isGiven {
			if n++; n == len(words) {
				return given, fmt.Errorf("%s needs a value", name)
			}
			value = words[n]
		}
		switch name {
		case "--key":
			given.keys = append(given.keys, value)
		case "--checkpoint":
			given.checkpoints = append(given.checkpoints, value)
		case "--record":
			given.record = value
		case "--witnesses":
			if given.witnesses, err = strconv.Atoi(value); err != nil {
				return given, err
			}
		default:
			return given, fmt.Errorf("there is no option %s", name)
		}
	}
	if given.path == "" {
		return given, fmt.Errorf("no PATH")
	}
	return given, nil
}

// verify is the one place where a finding ends: every check below it fails by a panic with one.
func verify(given options) (said verdict) {
	defer func() {
		if wrong := recover(); wrong != nil {
			first, isFinding := wrong.(finding)
			if !isFinding {
				panic(wrong)
			}
			said = verdict{Signatures: "checked", FirstBad: &first}
		}
	}()
	defer located(filepath.Base(given.path), 0)
	isExport := false
	if about, err := os.Stat(given.path); err == nil {
		isExport = about.IsDir()
	}
	if isExport && len(given.keys) == 0 {
		given.keys = strings.FieldsFunc(read(filepath.Join(given.path, "log", "keys")), func(c rune) bool { return c == '\n' })
	}
	t := newTrust(given.keys, given.witnesses)
	for _, path := range given.checkpoints {
		t.checkpoint(read(path), 0)
	}
	var verified result
	if isExport {
		verified = verifyExport(given.path, t)
	} else {
		record := func() []byte { return must(os.ReadFile(given.record)) }
		verified = verifyFile(read(given.path), record, t)
	}
	delete(t.roots, verified.Records)
	for size := range t.roots {
		fail("kept checkpoints that nothing here compares with", "none", size)
	}
	verified.Signers = t.names()
	return verdict{true, "checked", nil, &verified}
}
