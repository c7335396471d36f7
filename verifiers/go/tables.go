package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// tables are the files of journal.md §7, and their columns.
var tables = map[string][2]string{
	"journal": {"journal.csv", "sequence,type,id,recorded_at,key,external_id,leaf"},
	"entry": {"entries.csv", "account_number,version,sequence,leg,asset,amount,posted_debits," +
		"posted_credits,pending_debits,pending_credits,effective_at,recorded_at,pending,side"},
	"account":         {"accounts.csv", "number,id,path,type,normal_side,asset,status,opening"},
	"asset":           {"assets.csv", "code,body"},
	"resource":        {"resources.csv", "kind,id,number,state,name,account_number,about,due_at,body"},
	"resource_change": {"resource_changes.csv", "sequence,id"},
	"outcome":         {"outcomes.csv", "place,key,recorded_at,body,leaf"},
}

// table is a file that is compared, byte for byte, with the rows that records call for.
type table struct {
	name string
	file *bufio.Reader
	row  []byte
	rest []byte
}

const readAhead = 1 << 20

func openTable(folder, name string) *table {
	t := &table{name: name, file: bufio.NewReaderSize(open(filepath.Join(folder, tables[name][0])), readAhead)}
	t.row = append(t.row, tables[name][1]...)
	t.expect(0)
	return t
}

func open(path string) *os.File {
	return must(os.Open(path))
}

// add writes a field of the row that comes next. It is in quotes only if it must be.
func (t *table) add(field []byte) {
	if len(t.row) > 0 {
		t.row = append(t.row, ',')
	}
	if bytes.IndexByte(field, '"') < 0 && bytes.IndexByte(field, ',') < 0 && bytes.IndexByte(field, '\n') < 0 &&
		bytes.IndexByte(field, '\r') < 0 {
		t.row = append(t.row, field...)
		return
	}
	t.row = append(t.row, '"')
	t.row = append(t.row, bytes.ReplaceAll(field, []byte(`"`), []byte(`""`))...)
	t.row = append(t.row, '"')
}

func (t *table) addNumber(n number) {
	t.row = append(t.row, ',')
	t.row = n.appendTo(t.row)
}

// expect requires that the file goes on with the row that was written.
func (t *table) expect(sequence int64) {
	t.row = append(t.row, '\n')
	if size := len(t.row); size <= readAhead {
		found, _ := t.file.Peek(size)
		if bytes.Equal(found, t.row) {
			t.file.Discard(size)
			t.row = t.row[:0]
			return
		}
	} else {
		t.rest = append(t.rest[:0], make([]byte, size)...)
		read, _ := io.ReadFull(t.file, t.rest)
		if bytes.Equal(t.rest[:read], t.row) {
			t.row = t.row[:0]
			return
		}
	}
	found, _ := t.file.ReadString('\n')
	at(t.name, sequence, func() { fail("row", string(t.row), found) })
}

// end requires that no row is left.
func (t *table) end() {
	if found, _ := t.file.ReadString('\n'); found != "" {
		at(t.name, 0, func() { fail("row that no record calls for", "none", found) })
	}
}

// fieldsOfRow takes a row apart; a field in quotes holds no line feed here.
func fieldsOfRow(line []byte) [][]byte {
	var fields [][]byte
	for quoted := false; ; {
		end, start := 0, 0
		if quoted = len(line) > 0 && line[0] == '"'; quoted {
			start = 1
			for end = 1; end < len(line) && (line[end] != '"' || end+1 < len(line) && line[end+1] == '"'); end++ {
				if line[end] == '"' {
					end++
				}
			}
			if end >= len(line) {
				fail("row", "a quote", "the end")
			}
			fields = append(fields, bytes.ReplaceAll(line[start:end], []byte(`""`), []byte(`"`)))
			end++
		} else {
			for end = 0; end < len(line) && line[end] != ','; end++ {
			}
			fields = append(fields, line[:end])
		}
		if end >= len(line) {
			return fields
		}
		if line[end] != ',' {
			fail("row", ",", string(line[end]))
		}
		line = line[end+1:]
	}
}
