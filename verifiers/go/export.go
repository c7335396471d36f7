package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// read is a file as text.
func read(path string) string {
	return string(must(os.ReadFile(path)))
}

// export is a folder that `partita export journal` wrote (journal.md §7 and §8, proofs.md §7 and §8).
type export struct {
	folder  string
	trust   *trust
	tree    tree
	books   *books
	tiles   [8]tile
	bundle  []byte
	records int
	isTiled bool
	leaf    []byte
}

// tile is the hashes of a level that fill no tile yet; number is that of the tile they will be.
type tile struct {
	hashes []byte
	number int64
}

const tileWidth = 256

func verifyExport(folder string, t *trust) result {
	var head struct{ Ledger string }
	if err := json.Unmarshal(must(os.ReadFile(filepath.Join(folder, "head.json"))), &head); err != nil {
		at("head", 0, func() { fail("head.json", "JSON", err) })
	}
	e := &export{folder: folder, trust: t, books: newBooks(folder, head.Ledger), isTiled: true}
	e.checkSigned(head.Ledger)
	e.walk()
	for size := range t.roots {
		if size > e.tree.size {
			at("checkpoint", e.tree.size+1, func() { equal("records below a checkpoint", size, e.tree.size) })
		}
	}
	e.finishTiles()
	e.books.finish(&e.tree, t.answers)
	root := e.tree.root()
	clear(t.roots)
	return result{Kind: "export", Records: e.tree.size, Root: hex.EncodeToString(root[:])}
}

// walk takes the records in order.
func (e *export) walk() {
	lines := bufio.NewReaderSize(open(filepath.Join(e.folder, "journal.ndjson")), readAhead)
	var d document
	var long []byte
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}
		if len(long) > 0 {
			line, long = append(long, line...), nil
		}
		if err == io.EOF && len(line) == 0 {
			return
		}
		e.take(&d, line)
	}
}

func (e *export) take(d *document, line []byte) {
	defer located("journal", e.tree.size+1)
	if len(line) == 0 || line[len(line)-1] != '\n' {
		fail("end of the record", "a line feed", "none")
	}
	body := line[:len(line)-1]
	e.leaf = append(append(e.leaf[:0], 0), body...)
	leaf := sum256(e.leaf)
	d.read(body)
	e.books.take(d, leaf)
	e.addToBundle(body)
	e.tree.append(leaf, e.addToTile)
	if root, isSigned := e.trust.roots[e.tree.size]; isSigned {
		found := e.tree.root()
		at("checkpoint", e.tree.size, func() {
			equal("root", hex.EncodeToString(root[:]), hex.EncodeToString(found[:]))
		})
	}
}

func (e *export) checkSigned(ledger string) {
	log := filepath.Join(e.folder, "log")
	parts := strings.Split(read(filepath.Join(log, "checkpoints")), "\n\n")
	at("checkpoint", 0, func() { equal("end of the checkpoints", "", parts[len(parts)-1]) })
	var last checkpoint
	var newest string
	for n := 0; n+1 < len(parts); n += 2 {
		newest = parts[n] + "\n\n" + parts[n+1] + "\n"
		c := e.trust.checkpoint(newest, 0)
		at("checkpoint", c.size, func() {
			equal("ledger", ledger, c.origin[strings.LastIndex(c.origin, "/")+1:])
			grew := c.size >= last.size && c.answers >= last.answers && c != last
			equal("order of size and answers", true, grew)
		})
		last = c
	}
	if newest != "" {
		at("checkpoint", last.size, func() {
			equal("newest", newest, read(filepath.Join(log, "checkpoint")))
			e.trust.checkpoint(newest, e.trust.witnesses)
		})
	}
}

func (e *export) addToTile(level int, node hash) {
	t := &e.tiles[level]
	t.hashes = append(t.hashes, node[:]...)
	if len(t.hashes) == tileWidth*len(node) {
		e.checkFile(fmt.Sprint(level), t.number, tileWidth, t.hashes, level)
		t.number++
		t.hashes = t.hashes[:0]
	}
}

const longestInBundle = 1<<16 - 1

func (e *export) addToBundle(body []byte) {
	e.isTiled = e.isTiled && len(body) <= longestInBundle
	if e.isTiled {
		e.bundle = binary.BigEndian.AppendUint16(e.bundle, uint16(len(body)))
		e.bundle = append(e.bundle, body...)
	}
	if e.records++; e.records%tileWidth == 0 {
		e.checkBundle(tileWidth)
	}
}

func (e *export) checkBundle(width int) {
	if e.isTiled {
		e.checkFile("entries", int64((e.records-1)/tileWidth), width, e.bundle, 0)
	}
	e.bundle, e.isTiled = e.bundle[:0], true
}

func (e *export) finishTiles() {
	if width := e.records % tileWidth; width != 0 {
		e.checkBundle(width)
	}
	for level := range e.tiles {
		if t := &e.tiles[level]; len(t.hashes) > 0 {
			e.checkFile(fmt.Sprint(level), t.number, len(t.hashes)/len(hash{}), t.hashes, level)
		}
	}
}

func (e *export) checkFile(kind string, number int64, width int, content []byte, level int) {
	path := tilePath(kind, number, width)
	at("log/"+path, number<<(8*(level+1))+1, func() {
		found := must(os.ReadFile(filepath.Join(e.folder, "log", path)))
		if !bytes.Equal(found, content) {
			wanted, was := sum256(content), sum256(found)
			fail("SHA-256 of the file", hex.EncodeToString(wanted[:]), hex.EncodeToString(was[:]))
		}
	})
}

// tilePath is that of proofs.md §7; kind is a level or "entries".
func tilePath(kind string, number int64, width int) string {
	path := fmt.Sprintf("%03d", number%1000)
	for number /= 1000; number > 0; number /= 1000 {
		path = fmt.Sprintf("x%03d/%s", number%1000, path)
	}
	path = "tile/" + kind + "/" + path
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}
