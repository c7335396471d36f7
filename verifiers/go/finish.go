package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// finish compares the tables as the last record left them, and the head.
func (b *books) finish(records *tree, signed map[int64]hash) {
	t := b.tables["account"]
	for _, a := range b.chart {
		t.row = append(t.row, a.number...)
		for _, field := range []string{a.id, a.path, a.kind, a.side, a.asset, a.status, a.opening} {
			t.add([]byte(field))
		}
		t.expect(whole(a.number))
	}
	t = b.tables["asset"]
	for _, code := range sortedKeys(b.assets, strings.Compare) {
		t.add([]byte(code))
		t.add([]byte(b.assets[code]))
		t.expect(0)
	}
	t = b.tables["resource"]
	for _, key := range sortedKeys(b.resources, func(x, y [2]string) int { return slices.Compare(x[:], y[:]) }) {
		t.row = append(t.row, b.resources[key]...)
		t.expect(whole(string(fieldsOfRow(b.resources[key])[2])))
	}
	answers := &tree{}
	b.checkAnswers(answers, signed)
	for name := range tables {
		b.tables[name].end()
	}
	b.checkHead(records, answers)
}

func sortedKeys[K comparable, V any](all map[K]V, compare func(x, y K) int) []K {
	keys := make([]K, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool { return compare(keys[i], keys[j]) < 0 })
	return keys
}

// checkAnswers requires that the answer to a bulk names its records, and no other answer any.
func (b *books) checkAnswers(answers *tree, signed map[int64]hash) {
	rows := bufio.NewReaderSize(open(filepath.Join(b.folder, "outcomes.csv")), readAhead)
	if _, err := rows.ReadBytes('\n'); err != nil {
		fail("outcomes.csv", "a header", err)
	}
	checkSigned(answers, signed)
	for {
		line, err := rows.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		at("outcome", 0, func() { b.answer(answers, bytes.TrimSuffix(line, []byte("\n"))) })
		checkSigned(answers, signed)
	}
	at("outcome", 0, func() {
		equal("bulks without an answer", 0, len(b.bulks))
		equal("answers that are signed but not here", 0, len(signed))
	})
}

func checkSigned(answers *tree, signed map[int64]hash) {
	if root, isSigned := signed[answers.size]; isSigned {
		found := answers.root()
		at("checkpoint", 0, func() {
			equal("root of the answers", hex.EncodeToString(root[:]), hex.EncodeToString(found[:]))
		})
		delete(signed, answers.size)
	}
}

func (b *books) answer(answers *tree, line []byte) {
	fields := fieldsOfRow(line)
	equal("columns", 5, len(fields))
	key, recordedAt, body := fields[1], fields[2], fields[3]
	leaf := leafOf(bytes.Join([][]byte{key, recordedAt, body}, []byte("\n")))
	answers.append(leaf, func(int, hash) {})
	t := b.tables["outcome"]
	t.row = strconv.AppendInt(t.row, answers.size, 10)
	for _, field := range [][]byte{key, recordedAt, body, hex.AppendEncode(nil, leaf[:])} {
		t.add(field)
	}
	t.expect(0)
	var said struct {
		Fingerprint string
		Results     []json.RawMessage
	}
	if err := json.Unmarshal(body, &said); err != nil {
		fail("answer", "JSON", err)
	}
	found := map[int64]int64{}
	for place, result := range said.Results {
		if isCount(result) {
			found[int64(place)] = whole(string(result))
		}
	}
	made := map[int64]int64{}
	if all, known := b.bulks[string(key)]; known {
		equal("fingerprint", all.fingerprint, said.Fingerprint)
		equal("recorded_at", all.recordedAt, string(recordedAt))
		made = all.places
		delete(b.bulks, string(key))
	}
	equal("count of the bulk's records", len(made), len(found))
	for place, sequence := range made {
		equal("record of the bulk", sequence, found[place])
	}
}

func (b *books) checkHead(records, answers *tree) {
	root := records.root()
	var wanted strings.Builder
	for _, each := range [][2]string{
		{"{\n  \"format\"", "1"},
		{",\n  \"ledger\"", b.ledger},
		{",\n  \"sequence\"", strconv.FormatInt(records.size, 10)},
		{",\n  \"recorded_at\"", string(b.recordedAt)},
		{",\n  \"root\"", hex.EncodeToString(root[:])},
		{",\n  \"frontier\"", hex.EncodeToString(records.frontierBytes())},
		{",\n  \"outcomes\"", strconv.FormatInt(answers.size, 10)},
		{",\n  \"answers\"", hex.EncodeToString(answers.frontierBytes())},
	} {
		wanted.WriteString(each[0] + ": \"" + each[1] + "\"")
	}
	at("head", records.size, func() {
		equal("head.json", wanted.String()+"\n}\n", read(filepath.Join(b.folder, "head.json")))
	})
}
