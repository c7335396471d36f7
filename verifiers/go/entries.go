package main

import (
	"bytes"
	"strconv"
)

type sum struct {
	asset []byte
	total number
}

// post folds the entries of a record: running totals, sums by asset, rows.
func (b *books) post(d *document, r record, isPosted bool) {
	entries, effectiveAt := d.member(r.data, "entries"), d.member(r.data, "effective_at").text
	b.sums = b.sums[:0]
	leg := int64(0)
	for child := entries.first; child != 0; child = d.nodes[child].next {
		b.enter(d, child, leg, isPosted, effectiveAt)
		leg++
	}
	equal("two entries or more", true, leg >= 2 || !isPosted)
	for _, each := range b.sums {
		if each.total.sign() != 0 {
			fail("sum of "+string(each.asset), "0", string(each.total.appendTo(nil)))
		}
	}
}

// entry is the fields of one; the order of an entry's fields depends on the event.
type entry struct {
	account, number, version, direction, amount, asset, pending []byte
	after                                                       int32
}

func readEntry(d *document, parent int32) (e entry) {
	for child := d.nodes[parent].first; child != 0; child = d.nodes[child].next {
		switch n := &d.nodes[child]; string(n.name) {
		case "account":
			e.account = n.text
		case "number":
			e.number = n.text
		case "version":
			e.version = n.text
		case "direction":
			e.direction = n.text
		case "amount":
			e.amount = n.text
		case "asset":
			e.asset = n.text
		case "pending":
			e.pending = n.text
		case "after":
			e.after = child
		}
	}
	return e
}

var zero = []byte("0")

func (b *books) enter(d *document, number int32, leg int64, isPosted bool, effectiveAt []byte) {
	e := readEntry(d, number)
	a, known := b.accounts[string(e.account)]
	if !known || a.status == "closed" || isPosted && a.status != "open" && a.stops(e.direction) {
		fail("account of an entry", "an open one", string(e.account))
	}
	if e.pending == nil {
		e.pending = zero
	}
	amount, pending := parseNumber(e.amount), parseNumber(e.pending)
	if amount.sign() == 0 && pending.sign() == 0 {
		fail("amount", "1 or more", "0")
	}
	side := 0
	if e.direction[0] == 'c' {
		side = 1
	}
	a.version++
	a.after[side] = a.after[side].plus(amount)
	a.after[side+2] = a.after[side+2].plus(pending)
	if a.after[side].sign() < 0 || a.after[side+2].sign() < 0 {
		fail("total of "+a.path, "not below zero", "below")
	}
	signed := amount
	if side == 1 {
		signed = amount.negated()
	}
	b.add(e.asset, signed)
	if a.number != string(e.number) || a.asset != string(e.asset) {
		fail("number, asset", a.number+", "+a.asset, string(e.number)+", "+string(e.asset))
	}
	t := b.entries
	t.row = append(t.row, a.number...)
	t.row = append(t.row, ',')
	start := len(t.row)
	t.row = strconv.AppendInt(t.row, a.version, 10)
	same("version", t.row[start:], e.version)
	t.add(b.digits)
	t.addNumber(number64(leg))
	t.add(e.asset)
	t.addNumber(signed)
	child := d.nodes[e.after].first
	for n := range a.after {
		t.row = append(t.row, ',')
		start = len(t.row)
		t.row = a.after[n].appendTo(t.row)
		same("after", t.row[start:], d.nodes[child].text)
		child = d.nodes[child].next
	}
	equal("numbers in after", true, child == 0)
	t.add(effectiveAt)
	t.add(b.recordedAt)
	t.add(e.pending)
	t.add(e.direction)
	t.expect(b.sequence)
}

func number64(value int64) number { return number{small: value} }

func (b *books) add(asset []byte, amount number) {
	for n := range b.sums {
		if bytes.Equal(b.sums[n].asset, asset) {
			b.sums[n].total = b.sums[n].total.plus(amount)
			return
		}
	}
	b.sums = append(b.sums, sum{asset, amount})
}
