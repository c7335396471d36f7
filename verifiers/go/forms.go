package main

import (
	"bytes"
	"regexp"
	"strings"
)

// What records say: journal.md §1, §3 and §5, as tables. A word is a field and, behind a colon, its
// form; a text that is free has none. A form may be a choice (a|b), an object of the table, and end
// in ? (or null), in * (a list of) or in ~ (or there is no such field).

var objects = map[string]string{
	"record": "v:1 ledger sequence:count recorded_at:moment type version:count~ id key:text? fingerprint:digest? actor:text?" +
		" request_id:text? bulk:count? data:any salt:salt",
	"posted": "account number:count version:count direction:side amount:amount asset after:count*",
	"moved": "account after:count* amount:amount asset direction:side number:count pending:change" +
		" version:count",
	"asset": "code issuer:text? kind:fiat|crypto|points|custom metadata:map scale:scale",
	"account": "asset constraints:constraints id metadata:map normal_side:side number:count opened_at:moment" +
		" path type:asset|liability|equity|income|expense",
	"constraints": "max_available:number? max_posted:number? min_available:number? min_posted:number?" +
		" overdraft:number",
	"hold": "account account_no:count amount:amount asset captured:amount direction:side expired:amount" +
		" expires_at:moment? external_id:text? id late_capture:refused|allowed metadata:map number:count" +
		" overcapture_bps:count placed_at:moment released:amount remaining:amount" +
		" status:placed|partially_captured|captured|released|expired",
	"leg": "account amount:amount asset direction:side",
	"transaction": "effective_at:moment? external_id:text? id legs:leg* metadata:map number:count" +
		" reason:text? reversed:amount* reversed_by:text* reverses:text? settled_in:count?" +
		" status:pending|posted|archived type:text? version:count",
	"document": "body id metadata:map number:count saved_at:moment status:active|archived title topic" +
		" version:count",
	"limit": "asset flow:out|in id max_amount:amount? max_count:count? metadata:map number:count" +
		" scope:account|metadata status:active|archived subject title version:count window:window",
	"window": "kind:rolling|day|week|month seconds:count utc_offset_minutes:number",
	"matter": "about:text? account_paths:text* body external_id:text? id kind number:count related:text*" +
		" status title:text? version:count wakes_at:moment?",
	"period": "begins_at:moment ends_at:moment id metadata:map number:count reason:text?" +
		" status:open|soft_closed|closed title",
}

// events says for each type how its id begins, the operation that a key counts in, and its data.
var events = map[string]string{
	"ledger.opened":    "ldg_ ledgers metadata:map name",
	"asset.registered": "ast_ assets asset:asset",
	"account.opened":   "acc_ accounts account:account",
	"account.frozen":   "acc_ accounts/freeze account flow:out|in~ number:count reason:text?",
	"account.unfrozen": "acc_ accounts/unfreeze account number:count reason:text?",
	"account.closed":   "acc_ accounts/close account number:count reason:text?",
	"transaction.posted": "txn_ transactions type:text? external_id:text? effective_at:moment" +
		" entries:posted* metadata:map",
	"transaction.reversed": "txn_ transactions/reverse effective_at:moment entries:moved*" +
		" external_id:text? metadata:map reason:text? transaction:transaction type:text?",
	"transaction.pended": "txn_ transactions effective_at:moment entries:moved* external_id:text?" +
		" transaction:transaction",
	"transaction.edited":   "evt_ transactions/edit effective_at:moment entries:moved* transaction:transaction",
	"transaction.settled":  "evt_ transactions/post effective_at:moment entries:moved* transaction:transaction",
	"transaction.archived": "evt_ transactions/archive effective_at:moment entries:moved* transaction:transaction",
	"hold.placed":          "hld_ holds effective_at:moment entries:moved* hold:hold",
	"hold.captured": "txn_ holds/capture effective_at:moment entries:moved* external_id:text? hold:hold" +
		" metadata:map type:text?",
	"hold.incremented":   "evt_ holds/increment effective_at:moment entries:moved* hold:hold",
	"hold.released":      "evt_ holds/release effective_at:moment entries:moved* hold:hold reason:text?",
	"hold.extended":      "evt_ holds/extend effective_at:moment entries:moved* hold:hold",
	"hold.expired":       "evt_ - effective_at:moment entries:moved* hold:hold",
	"document.saved":     "doc_ documents document:document",
	"document.archived":  "evt_ documents/archive document:document",
	"limit.set":          "lim_|evt_ limits limit:limit",
	"limit.archived":     "evt_ limits/archive limit:limit",
	"period.opened":      "prd_ periods period:period",
	"period.soft_closed": "evt_ periods/soft_close period:period",
	"period.reopened":    "evt_ periods/reopen period:period",
	"period.closed":      "evt_ periods/close period:period",
}

// A record of any other type that has this form is about a matter, and its data names the operation.
var matterType = regexp.MustCompile(`^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$`)
var matterEvent = &event{[]string{"evt_"}, "-",
	fieldsOf("asked external_id:text? facts:map matter:matter parts:text* reason:text?")}

var resources = []string{"hold", "transaction", "document", "limit", "period"}

// form says whether a value may stand in a field.
type form func(d *document, n *node) bool

type field struct {
	name    string
	form    form
	named   string
	mayLack bool
}

type event struct {
	beginnings []string
	operation  string
	fields     []field
}

var recordFields = fieldsOf(objects["record"])
var eventOf = func() map[string]*event {
	all := map[string]*event{}
	for kind, said := range events {
		words := strings.SplitN(said, " ", 3)
		all[kind] = &event{strings.Split(words[0], "|"), words[1], fieldsOf(words[2])}
	}
	return all
}()

func fieldsOf(words string) []field {
	var fields []field
	for _, word := range strings.Fields(words) {
		name, named, isNamed := strings.Cut(word, ":")
		if !isNamed {
			named = "text"
		}
		named, mayLack := strings.CutSuffix(named, "~")
		fields = append(fields, field{name, formOf(named), named, mayLack})
	}
	return fields
}

func formOf(named string) form {
	if inner, mayBeNull := strings.CutSuffix(named, "?"); mayBeNull {
		given := formOf(inner)
		return func(d *document, n *node) bool { return n.kind == null || given(d, n) }
	}
	if inner, isList := strings.CutSuffix(named, "*"); isList {
		each := formOf(inner)
		return func(d *document, n *node) bool {
			holds := n.kind == list
			for child := n.first; child != 0 && holds; child = d.nodes[child].next {
				holds = each(d, &d.nodes[child])
			}
			return holds
		}
	}
	if words, isObject := objects[named]; isObject {
		fields := fieldsOf(words)
		return func(d *document, n *node) bool { checkFields(d, n, fields); return true }
	}
	if said, isText := texts[named]; isText {
		return func(_ *document, n *node) bool { return n.kind == text && said(n.text) }
	}
	switch named {
	case "map":
		return isMap
	case "any":
		return func(*document, *node) bool { return true }
	}
	choices := strings.Split(named, "|")
	return func(_ *document, n *node) bool {
		for _, choice := range choices {
			if n.kind == text && string(n.text) == choice {
				return true
			}
		}
		return false
	}
}

// checkFields requires an object of these fields, in this order, and in each what may stand there.
func checkFields(d *document, n *node, fields []field) {
	child := n.first
	for index := range fields {
		wanted := &fields[index]
		if wanted.mayLack && (child == 0 || string(d.nodes[child].name) != wanted.name) {
			continue
		}
		if child == 0 || string(d.nodes[child].name) != wanted.name {
			fail("fields", wanted.name, string(d.nodes[child].name))
		}
		value := &d.nodes[child]
		if !wanted.form(d, value) {
			fail("form of "+wanted.name, wanted.named, string(value.raw))
		}
		child = value.next
	}
	if child != 0 || n.kind != object {
		fail("fields", "no further one", string(d.nodes[child].name))
	}
}

var texts = map[string]func([]byte) bool{
	"text":   func([]byte) bool { return true },
	"count":  isCount,
	"amount": func(said []byte) bool { return isCount(said) && len(said) <= 38 },
	"number": isNumber,
	"change": func(said []byte) bool {
		return isNumber(said) && len(bytes.TrimPrefix(said, []byte("-"))) <= 38
	},
	"scale":  func(said []byte) bool { return isCount(said) && len(said) <= 2 && parseNumber(said).small <= 30 },
	"digest": func(said []byte) bool { return isHexadecimal(said, 64) },
	"salt":   func(said []byte) bool { return isHexadecimal(said, 32) },
	"side":   func(said []byte) bool { return string(said) == "debit" || string(said) == "credit" },
	"moment": isMoment,
}

func isCount(said []byte) bool {
	for _, c := range said {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(said) == 1 || len(said) > 1 && said[0] != '0'
}

func isNumber(said []byte) bool {
	if len(said) > 1 && said[0] == '-' {
		return said[1] != '0' && isCount(said[1:])
	}
	return isCount(said)
}

func isHexadecimal(said []byte, digits int) bool {
	for _, c := range said {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(said) == digits
}

// isMap requires texts under names that ascend by code point, which UTF-8's bytes do as well.
func isMap(d *document, n *node) bool {
	var before []byte
	for child := n.first; child != 0; child = d.nodes[child].next {
		each := &d.nodes[child]
		if each.kind != text || child != n.first && bytes.Compare(before, each.name) >= 0 {
			return false
		}
		before = each.name
	}
	return n.kind == object
}

const momentForm = "0000-00-00T00:00:00.000000Z"

var daysOf = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// isMoment requires RFC 3339 in UTC with six decimals, of a day that is in the calendar.
func isMoment(said []byte) bool {
	if len(said) != len(momentForm) {
		return false
	}
	for n, c := range []byte(momentForm) {
		if c == '0' && (said[n] < '0' || said[n] > '9') || c != '0' && said[n] != c {
			return false
		}
	}
	two := func(n int) int { return int(said[n]-'0')*10 + int(said[n+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	if year == 0 || month == 0 || month > 12 {
		return false
	}
	days := daysOf[month]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days++
	}
	return day > 0 && day <= days && two(11) < 24 && two(14) < 60 && two(17) < 60
}
