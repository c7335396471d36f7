package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// Keys, signed notes and checkpoints: proofs.md §1 to §3.

const (
	logKey     = 0x01
	witnessKey = 0x04
	mostSigned = 64
)

type keyName struct {
	name string
	id   [4]byte
}

// trust is what a verifier believes beforehand, and what it has been shown so far.
type trust struct {
	keys      map[keyName][]byte // type byte and public key
	witnesses int
	signers   map[string]bool
	roots     map[int64]hash // by size, of the checkpoints that held
	answers   map[int64]hash // by count, of the log of answers
}

func newTrust(lines []string, witnesses int) *trust {
	t := &trust{map[keyName][]byte{}, witnesses, map[string]bool{}, map[int64]hash{}, map[int64]hash{}}
	for _, line := range lines {
		at("key", 0, func() { t.add(line) })
	}
	return t
}

func (t *trust) add(line string) {
	parts := strings.SplitN(line, "+", 3)
	equal("parts of a verifier key", 3, len(parts))
	require(isName(parts[0]), "name of a key", "a name", parts[0])
	material := fromBase64(parts[2], 1+ed25519.PublicKeySize)
	require(material[0] == logKey || material[0] == witnessKey, "type byte", "1 or 4", strconv.Itoa(int(material[0])))
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), material...))
	equal("id of the key", hex.EncodeToString(digest[:4]), parts[1])
	t.keys[keyName{parts[0], [4]byte(digest[:4])}] = material
}

func isName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return c == '+' || unicode.IsSpace(c) || unicode.IsControl(c)
	})
}

// open reads a note and gives its lines, provided that its log signed it and so many witnesses did.
// The log is the one of the origin that is given, or else that of the first line.
func (t *trust) open(note string, witnesses int, origin string) []string {
	control := func(c rune) bool { return c < ' ' && c != '\n' }
	require(!strings.ContainsFunc(note, control), "characters of the note", "none below U+0020 but LF", "some")
	end := strings.LastIndex(note, "\n\n")
	require(end >= 0 && strings.HasSuffix(note[end+2:], "\n"), "note", "text, empty line, signatures", note)
	message, signatures := note[:end+1], strings.Split(strings.TrimSuffix(note[end+2:], "\n"), "\n")
	require(len(signatures) <= mostSigned, "signatures", "at most 64", strconv.Itoa(len(signatures)))
	lines, signed := strings.Split(note[:end], "\n"), map[keyName]byte{}
	for _, line := range signatures {
		name, kind := t.signature(line, message)
		if kind != 0 {
			signed[name] = kind
		}
	}
	if origin == "" {
		origin = lines[0]
	}
	byLog, byWitnesses := false, map[string]bool{}
	for name, kind := range signed {
		byLog = byLog || kind == logKey && name.name == origin
		if kind == witnessKey {
			byWitnesses[name.name] = true
		}
	}
	at("note", 0, func() {
		require(byLog, "signed by the log", "under a trusted key of "+origin, "no")
		require(len(byWitnesses) >= witnesses, "trusted witnesses", strconv.Itoa(witnesses), strconv.Itoa(len(byWitnesses)))
	})
	for name := range signed {
		t.signers[name.name] = true
	}
	return lines
}

// signature checks one line: whose it is, and 0 if that is nobody who is trusted.
func (t *trust) signature(line, message string) (keyName, byte) {
	parts := strings.Split(line, " ")
	require(len(parts) == 3 && parts[0] == "—" && isName(parts[1]), "signature's line", "— name base64", line)
	data := fromBase64(parts[2], 0)
	require(len(data) > 4, "signature", "more than 4 bytes", parts[2])
	name := keyName{parts[1], [4]byte(data[:4])}
	key, known := t.keys[name]
	if !known {
		return name, 0
	}
	value := data[4:]
	if key[0] == witnessKey {
		require(len(value) == 8+ed25519.SignatureSize, "cosignature of "+name.name, "72 bytes", strconv.Itoa(len(value)))
		seconds := strconv.FormatUint(binary.BigEndian.Uint64(value), 10)
		message, value = "cosignature/v1\ntime "+seconds+"\n"+message, value[8:]
	}
	holds := len(value) == ed25519.SignatureSize && ed25519.Verify(key[1:], []byte(message), value)
	at("note", 0, func() { require(holds, "signature of "+name.name, "one that holds", "one that does not") })
	return name, key[0]
}

// checkpoint is what a checkpoint says.
type checkpoint struct {
	origin        string
	size, answers int64
	root          hash
}

var noAnswers = "answers 0 " + base64.StdEncoding.EncodeToString(bytes.Clone(emptyRoot[:]))
var emptyRoot = sha256.Sum256(nil)

// checkpoint opens one. No two that held may say different roots of one size, or of one count.
func (t *trust) checkpoint(note string, witnesses int) checkpoint {
	lines := t.open(note, witnesses, "")
	require(len(lines) >= 3, "checkpoint", "three lines or more", strings.Join(lines, "\n"))
	said := noAnswers
	for n, line := range lines[3:] {
		require(line != "", "checkpoint", "no empty line", "one")
		if strings.HasPrefix(line, "answers ") {
			require(said == noAnswers || n == 0, "lines of answers", "one", "more")
			said = line
		}
	}
	answers := strings.Split(said, " ")
	equal("words of the line of answers", 3, len(answers))
	c := checkpoint{lines[0], whole(lines[1]), whole(answers[1]), hash(fromBase64(lines[2], sha256.Size))}
	at("checkpoint", c.size, func() {
		require(c.size > 0, "size", "1 or more", lines[1])
		agree(t.roots, c.size, c.root)
		agree(t.answers, c.answers, hash(fromBase64(answers[2], sha256.Size)))
	})
	return c
}

func agree(known map[int64]hash, size int64, root hash) {
	if other, found := known[size]; found {
		equal("root", hex.EncodeToString(other[:]), hex.EncodeToString(root[:]))
	}
	known[size] = root
}

func (t *trust) names() []string {
	names := []string{}
	for name := range t.signers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// fromBase64 reads RFC 4648 §4 in its canonical spelling; count is 0 for any number of bytes.
func fromBase64(text string, count int) []byte {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	require(err == nil && base64.StdEncoding.EncodeToString(data) == text, "base64", "its one spelling", text)
	require(count == 0 || len(data) == count, "base64", strconv.Itoa(count)+" bytes", text)
	return data
}

// whole reads a number without sign or leading zeros.
func whole(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	require(err == nil && value >= 0 && strconv.FormatInt(value, 10) == text, "number", "digits without leading zeros", text)
	return value
}

func fromHex(text string) hash {
	data, err := hex.DecodeString(text)
	require(err == nil && len(data) == sha256.Size && hex.EncodeToString(data) == text, "hash", "64 lower-case hexadecimal digits", text)
	return hash(data)
}
