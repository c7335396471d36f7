package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
)

// What somebody keeps: receipts, inclusion proofs and consistency proofs (proofs.md §4 to §6).

const proofHeader = "c2sp.org/tlog-proof@v1"

// proof is an inclusion proof as a file holds it.
type proof struct {
	index int64
	path  []hash
	note  string
}

func readProof(text string) proof {
	head, note, found := strings.Cut(text, "\n\n")
	equal("empty line", true, found)
	lines := strings.Split(head, "\n")
	equal("header", proofHeader, lines[0])
	if len(lines) > 1 && strings.HasPrefix(lines[1], "extra ") {
		fromBase64(strings.TrimPrefix(lines[1], "extra "), 0)
		lines = lines[1:]
	}
	equal("line of the index", true, len(lines) > 1 && strings.HasPrefix(lines[1], "index "))
	equal("at most 63 hashes", true, len(lines)-2 <= 63)
	p := proof{index: whole(strings.TrimPrefix(lines[1], "index ")), note: note}
	for _, line := range lines[2:] {
		p.path = append(p.path, hash(fromBase64(line, len(hash{}))))
	}
	return p
}

func verifyProof(text string, leaf hash, t *trust) (result, proof, checkpoint) {
	p := readProof(text)
	c := t.checkpoint(p.note, t.witnesses)
	at("proof", p.index+1, func() {
		holds := inclusionHolds(leaf, uint64(p.index), uint64(c.size), p.path, c.root)
		equal("the path leads from the leaf to the root", true, holds)
	})
	return result{Kind: "inclusion_proof", Records: c.size, Root: hex.EncodeToString(c.root[:])}, p, c
}

type receipt struct {
	Object      *string `json:"object"`
	Format      *string `json:"format"`
	Origin      *string `json:"origin"`
	Sequence    *string `json:"sequence"`
	Leaf        *string `json:"leaf"`
	VerifierKey *string `json:"verifier_key"`
	Record      *string `json:"record"`
	Proof       *string `json:"proof"`
	Promise     *string `json:"promise"`
}

func verifyReceipt(text string, t *trust) (verified result) {
	var r receipt
	decode(text, &r, 9)
	for _, given := range []*string{r.Format, r.Origin, r.Sequence, r.Leaf, r.VerifierKey, r.Record} {
		equal("null in a receipt", true, given != nil)
	}
	sequence, leaf := whole(*r.Sequence), leafOf([]byte(*r.Record))
	at("receipt", sequence, func() {
		equal("format", "partita-receipt/v1", *r.Format)
		equal("leaf", hex.EncodeToString(leaf[:]), *r.Leaf)
		var d document
		d.read([]byte(*r.Record))
		equal("sequence", string(d.member(1, "sequence").text), *r.Sequence)
		equal("either a proof or a promise", true, (r.Proof == nil) != (r.Promise == nil))
	})
	if r.Promise != nil {
		verifyPromise(r, leaf, t)
		return result{Kind: "promise"}
	}
	verified, p, c := verifyProof(*r.Proof, leaf, t)
	at("receipt", sequence, func() {
		equal("origin", *r.Origin, c.origin)
		equal("index", sequence-1, p.index)
	})
	verified.Kind = "receipt"
	return verified
}

func verifyPromise(r receipt, leaf hash, t *trust) {
	at("receipt", whole(*r.Sequence), func() {
		lines := t.open(*r.Promise, 0, *r.Origin)
		equal("lines of a promise", 5, len(lines))
		wanted := []string{"partita-promise/v1", *r.Origin, "sequence " + *r.Sequence,
			"leaf " + base64.StdEncoding.EncodeToString(leaf[:])}
		for n, line := range wanted {
			equal("promise", line, lines[n])
		}
		by, found := strings.CutPrefix(lines[4], "by ")
		equal("moment of the promise", true, found && isMoment([]byte(by)))
	})
}

type consistency struct {
	Object   string   `json:"object"`
	FromSize string   `json:"from_size"`
	FromRoot string   `json:"from_root"`
	ToSize   string   `json:"to_size"`
	ToRoot   string   `json:"to_root"`
	Path     []string `json:"path"`
}

func verifyConsistency(text string, t *trust) result {
	var c consistency
	decode(text, &c, 6)
	from, to, a, b := whole(c.FromSize), whole(c.ToSize), fromHex(c.FromRoot), fromHex(c.ToRoot)
	var path []hash
	for _, each := range c.Path {
		path = append(path, fromHex(each))
	}
	equal("the path leads from one root to the other", true, consistencyHolds(uint64(from), a, uint64(to), b, path))
	at("checkpoint", from, func() { agree(t.roots, from, a) })
	at("checkpoint", to, func() { agree(t.roots, to, b) })
	delete(t.roots, from)
	return result{Kind: "consistency_proof", Records: to, Root: c.ToRoot}
}

// decode reads an object of so many fields, none of them unknown and none twice.
func decode(text string, into any, count int) {
	reader := json.NewDecoder(strings.NewReader(text))
	reader.DisallowUnknownFields()
	if err := reader.Decode(into); err != nil {
		fail("JSON", "an object of this format", err)
	}
	equal("end of the file", "", strings.TrimSpace(text[reader.InputOffset():]))
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		fail("JSON", "an object", err)
	}
	equal("count of fields", strconv.Itoa(count), strconv.Itoa(len(fields)))
}

// verifyFile is for whatever a file holds.
func verifyFile(text string, record func() []byte, t *trust) result {
	switch {
	case strings.HasPrefix(text, "{"):
		var said struct{ Object string }
		if err := json.Unmarshal([]byte(text), &said); err != nil {
			fail("JSON", "an object", err)
		}
		if said.Object == "consistency_proof" {
			return verifyConsistency(text, t)
		}
		equal("object", "receipt", said.Object)
		return verifyReceipt(text, t)
	case strings.HasPrefix(text, proofHeader):
		body := bytes.TrimSuffix(record(), []byte("\n"))
		verified, _, _ := verifyProof(text, leafOf(body), t)
		return verified
	}
	c := t.checkpoint(text, t.witnesses)
	return result{Kind: "checkpoint", Records: c.size, Root: hex.EncodeToString(c.root[:])}
}
