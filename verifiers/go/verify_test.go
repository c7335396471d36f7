package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// The vectors are those of spec/vectors, which the Python suite reads as well.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "spec", "vectors", name))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// refused runs checks; the finding if they found one.
func refused(check func()) (first *finding) {
	defer func() {
		switch wrong := recover().(type) {
		case nil:
		case finding:
			first = &wrong
		default:
			panic(wrong)
		}
	}()
	check()
	return nil
}

func TestRecordsLeadToTheRoots(t *testing.T) {
	var v struct {
		EmptyRoot string `json:"empty_root"`
		Records   []struct{ Body, Leaf, Root, Frontier string }
		Digests   []struct{ Operation, Key, Digest string } `json:"key_digests"`
	}
	vectors(t, "journal.json", &v)
	log, d := &tree{}, &document{}
	if root := log.root(); hex.EncodeToString(root[:]) != v.EmptyRoot {
		t.Error("root of no records")
	}
	for n, each := range v.Records {
		if wrong := refused(func() { d.read([]byte(each.Body)); checkRecord(d) }); wrong != nil {
			t.Errorf("record %d: %v", n+1, *wrong)
		}
		leaf := leafOf([]byte(each.Body))
		log.append(leaf, func(int, hash) {})
		root := log.root()
		found := []string{hex.EncodeToString(leaf[:]), hex.EncodeToString(root[:]), hex.EncodeToString(log.frontierBytes())}
		if wanted := []string{each.Leaf, each.Root, each.Frontier}; fmt.Sprint(found) != fmt.Sprint(wanted) {
			t.Errorf("record %d: %v, not %v", n+1, found, wanted)
		}
	}
	for _, each := range v.Digests {
		if found := string(digestOf(each.Operation, []byte(each.Key))); found != each.Digest {
			t.Errorf("digest of %q in %q is %s", each.Key, each.Operation, found)
		}
	}
}

func checkRecord(d *document) {
	checkFields(d, &d.nodes[1], recordFields)
	r := readRecord(d)
	event, known := eventOf[string(r.kind)]
	if !known {
		event = matterEvent
	}
	checkFields(d, &d.nodes[r.data], event.fields)
}

func TestNothingIsSpelledTwoWays(t *testing.T) {
	d := &document{}
	for _, good := range []string{`{}`, `{"a":null,"b":["",{}]}`, `"\"\\\b\t\n\f\r\u001f\u0000/ü` + "\u2028\u007f" + `"`} {
		if wrong := refused(func() { d.read([]byte(good)) }); wrong != nil {
			t.Errorf("%s: %v", good, *wrong)
		}
	}
	for _, bad := range []string{
		``, ` {}`, `{} `, `{"a": null}`, `{"a":null,}`, `[,]`, `1`, `true`, `NaN`, `"a`, `"\/"`, `"\u0041"`, `"\u001F"`,
		`"\u000a"`, `"\ud83d\ude00"`, "\"\n\"", "\"\xff\"", "\"\xed\xa0\x80\"", `{"a":1}`, `{"a"}`, `{}{}`, "\xef\xbb\xbf{}",
		strings.Repeat("[", 200) + strings.Repeat("]", 200),
	} {
		if refused(func() { d.read([]byte(bad)) }) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestFormsAreStrict(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for form, each := range map[string][2]string{
		"count":  {"0 1 10 " + nines, "00 01 -1 +1 1.0 1e3 ٣ 1_0"},
		"amount": {"0 1 " + nines, nines + "9 -1 01"},
		"change": {"0 -1 -" + nines, "-0 -01 -" + nines + "9"},
		"number": {"0 -1 -" + nines + "9", "- -0 --1"},
		"scale":  {"0 9 30", "31 030 300"},
		"moment": {"2024-02-29T23:59:59.999999Z 0001-01-01T00:00:00.000000Z", "2023-02-29T00:00:00.000000Z 2024-13-01T00:00:00.000000Z " +
			"2024-01-01T24:00:00.000000Z 2024-01-01T00:00:60.000000Z 2024-01-01T00:00:00.00000Z 0000-01-01T00:00:00.000000Z " +
			"2024-01-01t00:00:00.000000Z 2024-00-01T00:00:00.000000Z 2024-04-31T00:00:00.000000Z"},
	} {
		for n, said := range each {
			for _, text := range strings.Fields(said) {
				if texts[form]([]byte(text)) != (n == 0) {
					t.Errorf("%s %q: taken is %t", form, text, n != 0)
				}
			}
		}
	}
}

func TestAmountsOutgrow64Bits(t *testing.T) {
	largest := parseNumber([]byte(strings.Repeat("9", 38)))
	twice := largest.plus(largest).plus(parseNumber([]byte("2")))
	if found := string(twice.appendTo(nil)); found != "2"+strings.Repeat("0", 38) {
		t.Error(found)
	}
	if back := twice.plus(twice.negated()); back.sign() != 0 {
		t.Error(string(back.appendTo(nil)))
	}
	most := number64(1<<63 - 1)
	if found := string(most.plus(number64(1)).appendTo(nil)); found != "9223372036854775808" {
		t.Error(found)
	}
	if found := string(number64(-5).plus(number64(5)).appendTo(nil)); found != "0" {
		t.Error(found)
	}
}

type proofVectors struct {
	Keys []struct {
		Name, ID    string
		VerifierKey string `json:"verifier_key"`
	}
	Notes []struct {
		About, Note string
		Signers     []string
	}
	Inclusions []struct {
		Index, Size uint64
		Leaf, Root  string
		Path        []string
	}
	Consistencies []struct {
		From, To uint64
		FromRoot string `json:"from_root"`
		ToRoot   string `json:"to_root"`
		Path     []string
	}
	TilesOfSize int64 `json:"tiles_of_size"`
	Tiles       []struct {
		Path, First, Last string
		Hashes            int
		Leaf              string `json:"sha256_leaf"`
	}
	Paths []struct {
		Level  *int
		Number int64
		Width  int
		Path   string
	}
	Checkpoint  string
	Receipts    []json.RawMessage
	BadReceipts []struct {
		Wrong   string
		Receipt json.RawMessage
	} `json:"bad_receipts"`
}

func (v *proofVectors) trust(witnesses int) *trust {
	var keys []string
	for _, key := range v.Keys {
		keys = append(keys, key.VerifierKey)
	}
	return newTrust(keys, witnesses)
}

func hashes(all []string) (path []hash) {
	for _, each := range all {
		path = append(path, fromHex(each))
	}
	return path
}

func TestNotesAreSignedByWhomTheVectorsSay(t *testing.T) {
	var v proofVectors
	vectors(t, "proofs.json", &v)
	for _, each := range v.Notes {
		trusted := v.trust(0)
		wrong := refused(func() { trusted.checkpoint(each.Note, 0) })
		sort.Strings(each.Signers)
		if (wrong == nil) != (len(each.Signers) > 0) || wrong == nil && fmt.Sprint(trusted.names()) != fmt.Sprint(each.Signers) {
			t.Errorf("%s: signed by %v, %v", each.About, trusted.names(), wrong)
		}
	}
	if wrong := refused(func() { v.trust(2).checkpoint(v.Checkpoint, 2) }); wrong != nil {
		t.Error(*wrong)
	}
}

func TestKeysMustSayTheirOwnId(t *testing.T) {
	var v proofVectors
	vectors(t, "proofs.json", &v)
	for _, key := range v.Keys {
		bent := strings.Replace(key.VerifierKey, key.ID, "00000000", 1)
		if refused(func() { newTrust([]string{key.VerifierKey}, 0) }) != nil || refused(func() { newTrust([]string{bent}, 0) }) == nil {
			t.Error(key.Name)
		}
	}
}

func TestPathsLeadWhereTheyShould(t *testing.T) {
	var v proofVectors
	vectors(t, "proofs.json", &v)
	for _, each := range v.Inclusions {
		path, leaf, root := hashes(each.Path), fromHex(each.Leaf), fromHex(each.Root)
		if !inclusionHolds(leaf, each.Index, each.Size, path, root) {
			t.Errorf("%d in %d", each.Index, each.Size)
		}
		if inclusionHolds(leaf, each.Index, each.Size, append(path, leaf), root) || inclusionHolds(root, each.Size, each.Size, path, root) {
			t.Errorf("%d in %d: a path too long, or an index beyond", each.Index, each.Size)
		}
	}
	for _, each := range v.Consistencies {
		path, from, to := hashes(each.Path), fromHex(each.FromRoot), fromHex(each.ToRoot)
		if !consistencyHolds(each.From, from, each.To, to, path) {
			t.Errorf("%d to %d", each.From, each.To)
		}
		if consistencyHolds(each.From, from, each.To, to, append(path, from)) || consistencyHolds(each.To+1, from, each.To, to, path) {
			t.Errorf("%d to %d: a path too long, or a log that shrank", each.From, each.To)
		}
	}
}

func TestTilesAreMadeOfTheTree(t *testing.T) {
	var v proofVectors
	vectors(t, "proofs.json", &v)
	log, levels := &tree{}, make([][]byte, 8)
	for n := range v.TilesOfSize {
		log.append(leafOf([]byte(strconv.FormatInt(n, 10))), func(level int, node hash) {
			levels[level] = append(levels[level], node[:]...)
		})
	}
	found := map[string][]byte{}
	for level, all := range levels {
		for start := 0; start < len(all); start += 8192 {
			content := all[start:min(start+8192, len(all))]
			found[tilePath(strconv.Itoa(level), int64(start/8192), len(content)/32)] = content
		}
	}
	for _, each := range v.Tiles {
		content := found[each.Path]
		leaf := leafOf(content)
		if len(content) != 32*each.Hashes || hex.EncodeToString(leaf[:]) != each.Leaf {
			t.Error(each.Path)
		}
	}
	for _, each := range v.Paths {
		kind := "entries"
		if each.Level != nil {
			kind = strconv.Itoa(*each.Level)
		}
		if path := tilePath(kind, each.Number, each.Width); path != each.Path {
			t.Errorf("%s, not %s", path, each.Path)
		}
	}
}

func TestReceipts(t *testing.T) {
	var v proofVectors
	vectors(t, "proofs.json", &v)
	for n, kind := range []string{"promise", "receipt", "receipt"} {
		var found result
		wrong := refused(func() { found = verifyFile(string(v.Receipts[n]), nil, v.trust(0)) })
		if wrong != nil || found.Kind != kind {
			t.Errorf("%d: %v %v", n, found, wrong)
		}
		stranger := newTrust(nil, 0)
		if refused(func() { verifyFile(string(v.Receipts[n]), nil, stranger) }) == nil {
			t.Errorf("%d: taken under no key", n)
		}
	}
	for _, each := range v.BadReceipts {
		if refused(func() { verifyFile(string(each.Receipt), nil, v.trust(0)) }) == nil {
			t.Error(each.Wrong)
		}
	}
}

func FuzzSpelling(f *testing.F) {
	f.Add([]byte(`{"a":["\u0001",null]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d := &document{}
		if refused(func() { d.read(body) }) == nil && !json.Valid(body) {
			t.Errorf("%q is no JSON", body)
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	var v struct{ Records []struct{ Body string } }
	data, err := os.ReadFile(filepath.Join("..", "..", "spec", "vectors", "journal.json"))
	if err != nil || json.Unmarshal(data, &v) != nil {
		b.Fatal(err)
	}
	body, d := []byte(v.Records[7].Body), &document{}
	for range b.N {
		sha256.Sum256(body)
		d.read(body)
		checkRecord(d)
	}
}
