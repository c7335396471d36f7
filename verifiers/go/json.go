package main

import (
	"bytes"
	"unicode/utf8"
)

// Records have one spelling each (journal.md §2), so reading one and checking its spelling is one
// walk over its bytes. Nothing is copied but strings that hold an escape, and the nodes of one
// record are used again for the next.

type kind byte

const (
	text   kind = 's'
	null   kind = 'n'
	object kind = '{'
	list   kind = '['
)

// node is a value: as it is spelled, what it says if it is a text, and, in an object, its name.
// first and next number other nodes; 0 stands for none.
type node struct {
	kind        kind
	raw         []byte
	text        []byte
	name        []byte
	first, next int32
}

// document is one JSON text. Node 1 is the whole.
type document struct {
	body    []byte
	at      int
	nodes   []node
	escaped []byte
}

// read takes a text apart. It fails unless the text is spelled as journal.md §2 says, up to the
// order and the repetition of names, which depend on what an object is (forms.go).
func (d *document) read(body []byte) {
	d.body, d.at, d.nodes, d.escaped = body, 0, append(d.nodes[:0], node{}), d.escaped[:0]
	if !utf8.Valid(body) {
		fail("spelling", "UTF-8", "other bytes")
	}
	d.value(0)
	if d.at != len(body) {
		d.fail("the end")
	}
}

const deepest = 100

func (d *document) value(depth int) int32 {
	if depth == deepest {
		d.fail("fewer objects within objects")
	}
	number, start := int32(len(d.nodes)), d.at
	d.nodes = append(d.nodes, node{})
	switch {
	case d.next() == '"':
		said := d.text()
		d.nodes[number].kind, d.nodes[number].text = text, said
	case d.next() == '{':
		first := d.members('}', depth, true)
		d.nodes[number].kind, d.nodes[number].first = object, first
	case d.next() == '[':
		first := d.members(']', depth, false)
		d.nodes[number].kind, d.nodes[number].first = list, first
	default:
		d.expect("null")
		d.nodes[number].kind = null
	}
	d.nodes[number].raw = d.body[start:d.at]
	return number
}

func (d *document) members(end byte, depth int, named bool) int32 {
	var first, last int32
	for d.at++; first == 0 || d.next() == ','; {
		if first != 0 {
			d.at++
		} else if d.next() == end {
			break
		}
		var name []byte
		if named {
			name = d.text()
			d.skip(':')
		}
		member := d.value(depth + 1)
		d.nodes[member].name = name
		if first == 0 {
			first = member
		} else {
			d.nodes[last].next = member
		}
		last = member
	}
	d.skip(end)
	return first
}

func (d *document) next() byte {
	if d.at < len(d.body) {
		return d.body[d.at]
	}
	return 0
}

func (d *document) expect(token string) {
	if end := d.at + len(token); end > len(d.body) || string(d.body[d.at:end]) != token {
		d.fail(token)
	}
	d.at += len(token)
}

func (d *document) skip(c byte) {
	if d.next() != c {
		d.fail(string(c))
	}
	d.at++
}

func (d *document) fail(expected string) {
	fail("spelling", expected, string(d.body[min(d.at, len(d.body)):min(d.at+40, len(d.body))]))
}

// isPlain says which bytes of a string stand for themselves and do not end it.
var isPlain = func() (plain [256]bool) {
	for c := range plain {
		plain[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return plain
}()

// text reads a string. Every character stands for itself, but for those that must be escaped.
func (d *document) text() []byte {
	d.skip('"')
	start, end := d.at, d.at
	for end < len(d.body) && isPlain[d.body[end]] {
		end++
	}
	d.at = end
	if d.next() == '\\' {
		return d.escapedText(start)
	}
	d.skip('"')
	return d.body[start:end]
}

var short = map[byte]byte{'"': '"', '\\': '\\', 'b': '\b', 't': '\t', 'n': '\n', 'f': '\f', 'r': '\r'}

func (d *document) escapedText(start int) []byte {
	begin := len(d.escaped)
	d.escaped = append(d.escaped, d.body[start:d.at]...)
	for d.next() != '"' {
		c := d.next()
		if c < ' ' {
			d.fail("a string")
		}
		d.at++
		if c == '\\' {
			c = d.escape()
		}
		d.escaped = append(d.escaped, c)
	}
	d.at++
	return d.escaped[begin:]
}

func (d *document) escape() byte {
	if c, found := short[d.next()]; found {
		d.at++
		return c
	}
	d.expect("u00")
	if d.at+2 > len(d.body) {
		d.fail("an escape")
	}
	high, low := d.body[d.at]-'0', bytes.IndexByte([]byte("0123456789abcdef"), d.body[d.at+1])
	c := high<<4 | byte(low)
	if high > 1 || low < 0 || bytes.IndexByte([]byte("\b\t\n\f\r"), c) >= 0 {
		d.fail("an escape that is needed")
	}
	d.at += 2
	return c
}

// member is the value under a name, or node 0.
func (d *document) member(parent int32, name string) *node {
	for child := d.nodes[parent].first; child != 0; child = d.nodes[child].next {
		if string(d.nodes[child].name) == name {
			return &d.nodes[child]
		}
	}
	return &d.nodes[0]
}
