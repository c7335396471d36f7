package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// books is everything that follows from the records so far (journal.md §3, §5 and §6). The tables
// are compared on the way.
type books struct {
	folder, ledger string
	sequence       int64
	recordedAt     []byte
	accounts       map[string]*account
	chart          []*account
	assets         map[string]string
	resources      map[[2]string][]byte
	bulks          map[string]*bulk
	tables         map[string]*table
	journal        *table
	entries        *table
	sums           []sum
	digits         []byte
}

// account is one of the chart; after is what was ever debited and credited, and what is pending.
type account struct {
	number, id, path, kind, side, asset, opening string
	status                                       string
	version                                      int64
	after                                        [4]number
}

// bulk is the records so far that share a bulk's key, by their places.
type bulk struct {
	fingerprint, recordedAt string
	places                  map[int64]int64
}

const before = "1970-01-01T00:00:00.000000Z"

func newBooks(folder, ledger string) *books {
	b := &books{folder: folder, ledger: ledger, recordedAt: []byte(before), accounts: map[string]*account{},
		assets: map[string]string{}, resources: map[[2]string][]byte{}, bulks: map[string]*bulk{},
		tables: map[string]*table{}}
	for name := range tables {
		at(name, 0, func() { b.tables[name] = openTable(folder, name) })
	}
	b.journal, b.entries = b.tables["journal"], b.tables["entry"]
	return b
}

var statusAfter = map[string]string{
	"account.frozen": "frozen", "account.unfrozen": "open", "account.closed": "closed",
}

// stopped is what does not fit an account: a change of its balance, seen from its normal side.
var stopped = map[string]string{"frozen": "in out", "frozen_in": "in", "frozen_out": "out"}

// stops tells whether a transaction may not post to this side of an account.
func (a *account) stops(direction []byte) bool {
	change := "out"
	if string(direction) == a.side {
		change = "in"
	}
	return strings.Contains(stopped[a.status], change)
}

// take folds a record whose spelling is known to be right.
func (b *books) take(d *document, leaf hash) {
	b.sequence++
	b.digits = strconv.AppendInt(b.digits[:0], b.sequence, 10)
	checkFields(d, &d.nodes[1], recordFields)
	r := readRecord(d)
	if string(r.ledger) != b.ledger {
		fail("ledger", b.ledger, string(r.ledger))
	}
	same("sequence", b.digits, r.sequence)
	if b.sequence > 1 && bytes.Compare(r.recordedAt, b.recordedAt) < 0 {
		fail("recorded_at goes back", string(b.recordedAt), string(r.recordedAt))
	}
	b.recordedAt = append(b.recordedAt[:0], r.recordedAt...)
	equal("place of ledger.opened", b.sequence == 1, string(r.kind) == "ledger.opened")
	equal("null in fingerprint", r.key == nil, r.fingerprint == nil)
	event, known := eventOf[string(r.kind)]
	isMatter := !known && matterType.Match(r.kind)
	if isMatter {
		event = matterEvent
	}
	if !known && !isMatter {
		fail("type", "one of this format", string(r.kind))
	}
	if !slices.ContainsFunc(event.beginnings, func(said string) bool { return bytes.HasPrefix(r.id, []byte(said)) }) {
		fail("id", event.beginnings[0]+"…", string(r.id))
	}
	// Of the first version nothing is said; later ones are of matters, whose bodies are not read.
	if r.version != nil && (known || len(r.version) == 1 && r.version[0] < '2') {
		fail("version", "none of this type", string(r.version))
	}
	checkFields(d, &d.nodes[r.data], event.fields)
	reference := b.apply(d, r)
	operation := event.operation
	if isMatter {
		operation = string(d.member(r.data, "asked").text)
	}
	digest := b.digest(r, operation)
	t := b.journal
	t.row = append(t.row, b.digits...)
	t.add(r.kind)
	t.add(r.id)
	t.add(r.recordedAt)
	t.add(digest)
	t.add(reference)
	t.row = hex.AppendEncode(append(t.row, ','), leaf[:])
	t.expect(b.sequence)
}

// record is the fields of one, nil for null.
type record struct {
	ledger, sequence, recordedAt, kind, version, id, key, fingerprint, bulk []byte
	data                                                                    int32
}

func readRecord(d *document) record {
	var values [13]*node
	var version []byte
	var data int32
	child := d.nodes[1].first
	for n := range values {
		if string(d.nodes[child].name) == "version" {
			version = d.nodes[child].text
			child = d.nodes[child].next
		}
		if n == 11 {
			data = child
		}
		values[n] = &d.nodes[child]
		child = values[n].next
	}
	return record{values[1].text, values[2].text, values[3].text, values[4].text, version,
		values[5].text, values[6].text, values[7].text, values[10].text, data}
}

func same(what string, expected, found []byte) {
	if !bytes.Equal(expected, found) {
		fail(what, string(expected), string(found))
	}
}

// digest is what the record's key is indexed under; of a bulk's record it is noted for the answer.
func (b *books) digest(r record, operation string) []byte {
	if r.key == nil {
		return nil
	}
	if r.bulk == nil {
		return digestOf(operation, r.key)
	}
	name := string(digestOf("transactions/batch", r.key))
	all, known := b.bulks[name]
	if !known {
		all = &bulk{string(r.fingerprint), string(r.recordedAt), map[int64]int64{}}
		b.bulks[name] = all
	}
	equal("fingerprint of the bulk", all.fingerprint, string(r.fingerprint))
	equal("recorded_at of the bulk", all.recordedAt, string(r.recordedAt))
	all.places[whole(string(r.bulk))] = b.sequence
	return nil
}

func digestOf(operation string, key []byte) []byte {
	digest := sha256.Sum256(append(append([]byte(operation), 0), key...))
	return hex.AppendEncode(nil, digest[:16])
}

// apply is what a record does; it gives the external id.
func (b *books) apply(d *document, r record) []byte {
	switch kind := string(r.kind); {
	case kind == "ledger.opened":
		equal("name", b.ledger, string(d.member(r.data, "name").text))
	case kind == "asset.registered":
		b.register(d, d.first(r.data))
	case kind == "account.opened":
		b.open(d, r, d.first(r.data))
	case statusAfter[kind] != "":
		b.change(d, r)
	default:
		isPosted := kind == "transaction.posted"
		b.post(d, r, isPosted)
		if isPosted {
			break
		}
		for child := d.first(r.data); child != 0; child = d.nodes[child].next {
			name := string(d.nodes[child].name)
			if name == "matter" {
				noun := string(d.member(child, "kind").text)
				equal("kind of the matter", true, strings.HasPrefix(kind, noun+".") && !isOurs(noun))
				b.keep(d, noun, child)
			} else if slices.Contains(resources, name) {
				b.keep(d, name, child)
				if kind == "hold.placed" {
					return d.member(child, "external_id").text
				}
			}
		}
	}
	return d.member(r.data, "external_id").text
}

// isOurs tells whether the ledger's own records are about such a thing: then no matter is called so.
func isOurs(noun string) bool {
	for kind := range events {
		if strings.HasPrefix(kind, noun+".") {
			return true
		}
	}
	return false
}

func (d *document) first(parent int32) int32 { return d.nodes[parent].first }

func (b *books) register(d *document, asset int32) {
	code := string(d.member(asset, "code").text)
	_, isTaken := b.assets[code]
	equal("code that is taken", false, isTaken)
	b.assets[code] = string(d.nodes[asset].raw)
}

func (b *books) open(d *document, r record, opening int32) {
	said := func(name string) string { return string(d.member(opening, name).text) }
	a := &account{number: said("number"), id: said("id"), path: said("path"), kind: said("type"),
		side: said("normal_side"), asset: said("asset"), opening: string(d.nodes[opening].raw), status: "open"}
	equal("number", string(b.digits), a.number)
	equal("id", string(r.id), a.id)
	equal("opened_at", string(r.recordedAt), said("opened_at"))
	equal("path that is taken", true, b.accounts[a.path] == nil)
	b.accounts[a.path] = a
	b.chart = append(b.chart, a)
}

func (b *books) change(d *document, r record) {
	a, after := b.accounts[string(d.member(r.data, "account").text)], statusAfter[string(r.kind)]
	if flow := d.member(r.data, "flow"); flow.text != nil {
		after += "_" + string(flow.text)
	}
	equal("account was opened", true, a != nil)
	equal("number", a.number, string(d.member(r.data, "number").text))
	equal("id", a.id, string(r.id))
	equal("change of the status "+a.status, true, a.status != "closed" && a.status != after)
	if after == "closed" {
		difference := a.after[0].plus(a.after[1].negated())
		isSettled := difference.sign() == 0 && a.after[2].sign() == 0 && a.after[3].sign() == 0
		equal("balance zero, nothing pending", true, isSettled)
	}
	a.status = after
}

// keep notes a resource as this record left it.
func (b *books) keep(d *document, kind string, number int32) {
	said := func(name string) []byte { return d.member(number, name).text }
	id, made, status := said("id"), said("number"), string(said("status"))
	made64, _ := strconv.ParseInt(string(made), 10, 64)
	equal("number of the resource is not beyond its record", true, made64 >= 1 && made64 <= b.sequence)
	name, due := said("external_id"), []byte(nil)
	isMatter := d.member(number, "wakes_at") != &d.nodes[0]
	if isMatter {
		name, due = nil, said("wakes_at")
		if title := said("title"); title != nil {
			name = slices.Concat([]byte(kind), []byte("/"), title)
		}
	} else if title := said("title"); title != nil {
		name = title
		if topic := said("topic"); topic != nil {
			name = slices.Concat(topic, []byte("/"), title)
		}
	}
	if kind == "hold" && (status == "placed" || status == "partially_captured") {
		due = said("expires_at")
	}
	row := &table{}
	row.row = append(row.row, kind...)
	for _, field := range [][]byte{id, made, []byte(status), name, said("account_no"), said("about"), due, d.nodes[number].raw} {
		row.add(field)
	}
	key := [2]string{kind, string(id)}
	if other, known := b.resources[key]; known {
		equal("number of the resource", string(fieldsOfRow(other)[2]), string(made))
	}
	b.resources[key] = row.row
	t := b.tables["resource_change"]
	t.row = append(t.row, b.digits...)
	t.add(id)
	t.expect(b.sequence)
}
