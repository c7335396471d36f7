"""Checks the bookkeeping of an export: what records say, what follows from it, and every table.

`verify.py`, which needs this file beside it, hands over the records in order. Written from
`spec/journal.md` alone: §1 and §3 (what records say), §5 (keys), §6 and §7 (tables). Each row of a
table is made anew, as its record calls for it, and compared with the file byte for byte. An event or
a field that is not named here is refused: a journal of a later format needs a later verifier.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# What stands in a field of this name, if it is a text; in all others, anything may.
FORMS = {
    "sequence number account_no version bulk after overcapture_bps settled_in seconds max_count"
    " max_amount": "0|[1-9][0-9]*",
    "amount captured expired released remaining reversed": "0|[1-9][0-9]{0,37}",
    "pending": "0|-?[1-9][0-9]{0,37}",
    "overdraft min_posted max_posted min_available max_available utc_offset_minutes": (
        "0|-?[1-9][0-9]*"
    ),
    "fingerprint": "[0-9a-f]{64}",
    "salt": "[0-9a-f]{32}",
    "scale": "[12]?[0-9]|30",
    "direction normal_side": "debit|credit",
    "kind": "fiat|crypto|points|custom|rolling|day|week|month",
    "late_capture": "refused|allowed",
    "status": "placed|partially_captured|captured|released|expired|pending|posted|archived|active"
    "|open|soft_closed|closed",
    "flow": "out|in",
    "scope": "account|metadata",
    "metadata facts constraints window matter": "(?!)",  # never a text
}
MOMENTS = (
    "recorded_at effective_at opened_at placed_at expires_at saved_at begins_at ends_at wakes_at"
)
MOMENT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z")
# The fields of an object, in order: ? may be null, * is a list, ! is a text of any form, ~ may be
# missing.
OBJECTS = {
    "record": "v ledger sequence recorded_at type version~ id key? fingerprint? actor? request_id? bulk? data"
    " salt",
    "posted": "account number version direction amount asset after*",
    "entries": "account after* amount asset direction number pending version",
    "asset": "code issuer? kind metadata scale",
    "account": "asset constraints id metadata normal_side number opened_at path type",
    "constraints": "max_available? max_posted? min_available? min_posted? overdraft",
    "hold": "account account_no amount asset captured direction expired expires_at? external_id? id"
    " late_capture metadata number overcapture_bps placed_at released remaining status",
    "transaction": "effective_at? external_id? id legs* metadata number reason? reversed*"
    " reversed_by* reverses? settled_in? status type? version",
    "legs": "account amount asset direction",
    "document": "body id metadata number saved_at status title topic version",
    "limit": "asset flow id max_amount? max_count? metadata number scope status subject title"
    " version window",
    "window": "kind seconds utc_offset_minutes",
    "period": "begins_at ends_at id metadata number reason? status title",
    "matter": "about? account_paths* body external_id? id kind! number related* status! title?"
    " version wakes_at?",
}
# How the id begins, the operation that a key counts in, the fields of the data.
EVENTS = {
    "ledger.opened": "ldg_ ledgers metadata name",
    "asset.registered": "ast_ assets asset",
    "account.opened": "acc_ accounts account",
    "account.frozen": "acc_ accounts/freeze account flow~ number reason?",
    "account.unfrozen": "acc_ accounts/unfreeze account number reason?",
    "account.closed": "acc_ accounts/close account number reason?",
    "transaction.posted": "txn_ transactions type? external_id? effective_at entries* metadata",
    "transaction.reversed": "txn_ transactions/reverse effective_at entries* external_id? metadata"
    " reason? transaction type?",
    "transaction.pended": "txn_ transactions effective_at entries* external_id? transaction",
    "transaction.edited": "evt_ transactions/edit effective_at entries* transaction",
    "transaction.settled": "evt_ transactions/post effective_at entries* transaction",
    "transaction.archived": "evt_ transactions/archive effective_at entries* transaction",
    "hold.placed": "hld_ holds effective_at entries* hold",
    "hold.captured": "txn_ holds/capture effective_at entries* external_id? hold metadata type?",
    "hold.incremented": "evt_ holds/increment effective_at entries* hold",
    "hold.released": "evt_ holds/release effective_at entries* hold reason?",
    "hold.extended": "evt_ holds/extend effective_at entries* hold",
    "hold.expired": "evt_ holds/expire effective_at entries* hold",
    "document.saved": "doc_ documents document",
    "document.archived": "evt_ documents/archive document",
    "limit.set": "lim_|evt_ limits limit",
    "limit.archived": "evt_ limits/archive limit",
    "period.opened": "prd_ periods period",
    "period.soft_closed": "evt_ periods/soft_close period",
    "period.reopened": "evt_ periods/reopen period",
    "period.closed": "evt_ periods/close period",
}
# Any other type of this form is a matter's; its data names the operation.
MATTER_TYPE = re.compile("[a-z]+(_[a-z]+)*[.][a-z]+(_[a-z]+)*")
MATTER = "evt_ - asked external_id? facts matter parts* reason?"
ACCOUNT_TYPES = ("asset", "liability", "equity", "income", "expense")
RESOURCES = ("hold", "transaction", "document", "limit", "period")
STATUS_AFTER = {"account.frozen": "frozen", "account.unfrozen": "open", "account.closed": "closed"}
# What does not fit a frozen account: the change of its balance, seen from its normal side.
STOPPED = {"frozen": "in out", "frozen_in": "in", "frozen_out": "out", "closed": "in out"}
# The file of each table, and its columns.
TABLES = {
    "journal": "journal.csv sequence,type,id,recorded_at,key,external_id,leaf",
    "entry": "entries.csv account_number,version,sequence,leg,asset,amount,posted_debits,"
    "posted_credits,pending_debits,pending_credits,effective_at,recorded_at,pending,side",
    "account": "accounts.csv number,id,path,type,normal_side,asset,status,opening",
    "asset": "assets.csv code,body",
    "resource": "resources.csv kind,id,number,state,name,account_number,about,due_at,body",
    "resource_change": "resource_changes.csv sequence,id",
    "outcome": "outcomes.csv place,key,recorded_at,body,leaf",
}


@lru_cache(4096)
def is_moment(text: str) -> bool:
    """Whether this is a moment (§1), of a day that is in the calendar."""
    try:
        return MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text[:-1]))
    except ValueError:
        return False


# The test of a text, by the name of the field.
TESTS: dict[str, Callable[[str], object]] = {
    name: re.compile(form).fullmatch for names, form in FORMS.items() for name in names.split()
} | dict.fromkeys(MOMENTS.split(), is_moment)


def fields_of(text: str) -> dict[str, str]:
    """The fields of an object: each name, and what it may be."""
    return {name.rstrip("?*!~"): name[-1] for name in text.split()}


FIELDS = {name: fields_of(text) for name, text in OBJECTS.items()}
DATA = {kind: fields_of(text.split(" ", 2)[2]) for kind, text in EVENTS.items()}
MATTER_DATA = fields_of(MATTER.split(" ", 2)[2])


def text_of(value: object) -> str:
    """JSON as the journal spells it (§2)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def row_of(columns: Sequence[str]) -> bytes:
    """A row of CSV, with quotes where they are needed and nowhere else (§7)."""
    row = ",".join(columns)
    if row.count(",") >= len(columns) or any(mark in row for mark in '"\r\n'):
        quoted = ('"' + text.replace('"', '""') + '"' for text in columns)
        pairs = zip(columns, quoted, strict=True)
        row = ",".join(b if set(a) & set(',"\r\n') else a for a, b in pairs)
    return (row + "\n").encode()


def digest_of(operation: str, key: str) -> str:
    """What a key is indexed under (§5), in hexadecimal."""
    return sha256(f"{operation}\0{key}".encode()).hexdigest()[:32]


class Books:
    """All that follows from the records so far; tables are compared on the way.

    `check(what, expected, found, **where)` ends the verification where two things differ.
    """

    def __init__(self, folder: Path, check: Callable[..., None]) -> None:
        self.folder, self.check = folder, check
        self.ledger = json.loads((folder / "head.json").read_bytes())["ledger"]
        self.sequence, self.recorded_at = 0, "1970-01-01T00:00:00.000000Z"
        self.accounts: dict[str, SimpleNamespace] = {}
        self.assets: dict[str, str] = {}
        self.resources: dict[tuple[str, str], list[str]] = {}
        self.bulks: dict[str, dict[str, object]] = {}
        self.files = {}
        for table, (file, columns) in ((name, text.split(" ")) for name, text in TABLES.items()):
            self.files[table] = (folder / file).open("rb")
            self.expect(table, columns.split(","))

    def expect(self, table: str, row: Sequence[str], sequence: object = None) -> None:
        """The next row of a table is this one, because of a record."""
        line, file = row_of(row), self.files[table]
        if (found := file.read(len(line))) != line:
            where = {"table": table, "sequence": int(str(sequence or self.sequence))}
            self.check("row", line.decode(), (found + file.readline()).decode(), **where)

    def take(self, record: dict[str, Any], leaf: str) -> None:
        """A record, whose spelling is known to be right."""
        self.sequence += 1
        self.check_object({**record, "data": ""}, FIELDS["record"])
        kind, data, key, time = (record[name] for name in ("type", "data", "key", "recorded_at"))
        is_known = kind in EVENTS or bool(MATTER_TYPE.fullmatch(kind))
        said = record["v"], record["ledger"], record["sequence"], is_known
        self.check("v, ledger, sequence, type", ("1", self.ledger, str(self.sequence), True), said)
        self.check("time goes on", True, self.sequence == 1 or time >= self.recorded_at)
        self.recorded_at = time
        beginnings, operation, _ = EVENTS.get(kind, MATTER).split(" ", 2)
        self.check("id", True, record["id"].startswith(tuple(beginnings.split("|"))))
        self.check("place of ledger.opened", self.sequence == 1, kind == "ledger.opened")
        self.check("fingerprint without a key", key is None, record["fingerprint"] is None)
        # Of the first version nothing is said; later ones are of matters, whose bodies are not read.
        versions = kind not in EVENTS and int(record.get("version", "2")) > 1
        self.check("version", True, versions or "version" not in record)
        form = DATA.get(kind, MATTER_DATA)
        self.check_object(data, form, "posted" if kind == "transaction.posted" else "entries")
        reference = self.apply(record, kind, data)
        if key is not None and record["bulk"] is not None:
            told = record["fingerprint"], time
            bulk = self.bulks.setdefault(digest_of("transactions/batch", key), {"of": told})
            self.check("fingerprint, recorded_at of the bulk", bulk["of"], told)
            bulk[record["bulk"]], key = self.sequence, None
        digest = "" if key is None else digest_of(data.get("asked", operation), key)
        row = [str(self.sequence), kind, record["id"], time, digest, reference or "", leaf]
        self.expect("journal", row)

    def check_object(self, thing: Any, fields: dict[str, str], entry: str = "entries") -> None:
        """An object has these fields, in this order, and in each what may stand there."""
        if list(fields) != list(thing):
            due = [name for name in fields if fields[name] != "~" or name in thing]
            self.check("fields", due, list(thing))
        for name, value in thing.items():
            test = None if fields[name] == "!" else TESTS.get(name)
            # Nearly every field is a text; it is asked first, since a journal has many.
            is_text = type(value) is str and fields[name] != "*"
            if not (is_text and (test is None or test(value))):
                self.check_field(name, value, fields[name], entry)

    def check_field(self, name: str, value: Any, said: str, entry: str) -> None:
        """A field that is not simply a text: null, a list, an object, a map of texts."""
        if value is None:
            self.check(f"null in {name}", "?", said)
        elif name in ("metadata", "facts"):
            self.check(f"order of {name}", sorted(value), list(value))
            self.check(f"texts in {name}", {str}, {str, *map(type, value.values())})
        else:
            self.check(f"list in {name}", said == "*", isinstance(value, list))
            for each in value if said == "*" else [value]:
                if isinstance(each, dict):
                    self.check_object(each, FIELDS[entry if name == "entries" else name])
                elif name not in TESTS or not TESTS[name](each):
                    self.check(f"text in {name}", True, name not in TESTS and type(each) is str)

    def apply(self, record: dict[str, Any], kind: str, data: dict[str, Any]) -> str | None:
        """What a record does; its external id."""
        if kind == "ledger.opened":
            self.check("name", self.ledger, data["name"])
        elif kind == "asset.registered":
            code = data["asset"]["code"]
            self.check("code is new", False, code in self.assets)
            self.assets[code] = text_of(data["asset"])
        elif kind == "account.opened":
            opening, path = data["account"], data["account"]["path"]
            found = opening["number"], opening["id"], opening["opened_at"], path in self.accounts
            opened = str(self.sequence), record["id"], record["recorded_at"], False
            self.check("number, id, opened_at, path is taken", opened, found)
            self.check("type of the account", True, opening["type"] in ACCOUNT_TYPES)
            self.accounts[path] = SimpleNamespace(
                opening=opening, status="open", version=0, after=[0, 0, 0, 0]
            )
        elif kind in STATUS_AFTER:
            self.change(record["id"], kind, data)
        else:
            self.post(record, kind, data)
            if "matter" in data:
                noun = data["matter"]["kind"]
                is_ours = any(known.startswith(noun + ".") for known in EVENTS)
                self.check(
                    "kind of the matter", (kind.split(".", maxsplit=1)[0], False), (noun, is_ours)
                )
                self.keep(noun, data["matter"])
            for thing in (name for name in RESOURCES if name in data):
                self.keep(thing, data[thing])
        return (data["hold"] if kind == "hold.placed" else data).get("external_id")

    def change(self, name: str, kind: str, data: dict[str, str]) -> None:
        """An account is frozen, unfrozen or closed."""
        account, after = self.accounts[data["account"]], STATUS_AFTER[kind]
        after = "_".join([after, data["flow"]] if "flow" in data else [after])
        said = account.opening["id"], account.opening["number"]
        self.check("id, number", said, (name, data["number"]))
        self.check("change", True, account.status not in ("closed", after))
        debits, *others = account.after
        self.check("balance when closed", True, after != "closed" or others == [debits, 0, 0])
        account.status = after

    def post(self, record: dict[str, Any], kind: str, data: dict[str, Any]) -> None:
        """The entries of a record: running totals, sums, rows."""
        sums, is_posted = Counter[str](), kind == "transaction.posted"
        entries, times = data.get("entries", []), (data.get("effective_at"), record["recorded_at"])
        self.check("two entries or more", True, len(entries) >= 2 or not is_posted)
        for leg, entry in enumerate(entries):
            account, is_credit = self.accounts[entry["account"]], entry["direction"] == "credit"
            amount, pending = int(entry["amount"]), int(entry.get("pending", "0"))
            self.check("amount, pending", False, amount == 0 == pending)
            if account.status != "open":
                rises = entry["direction"] == account.opening["normal_side"]
                stopped = STOPPED[account.status] if is_posted or account.status == "closed" else ""
                self.check("account is open", False, ("in" if rises else "out") in stopped)
            account.version += 1
            account.after[is_credit] += amount
            account.after[2 + is_credit] += pending
            after = [str(total) for total in account.after]
            number, version, asset = account.opening["number"], str(account.version), entry["asset"]
            self.check("totals below zero", False, min(account.after) < 0)
            expected = number, version, account.opening["asset"], after
            found = entry["number"], entry["version"], asset, entry["after"]
            self.check("number, version, asset, after", expected, found)
            signed = -amount if is_credit else amount
            sums[asset] += signed
            row = [
                number,
                version,
                record["sequence"],
                str(leg),
                asset,
                str(signed),
                *after,
                *times,
            ]
            self.expect("entry", [*row, str(pending), entry["direction"]])
        self.check("sums of the assets", dict.fromkeys(sums, 0), dict(sums))

    def keep(self, kind: str, thing: dict[str, Any]) -> None:
        """A hold, a transaction, a document or their like, as this record left it."""
        known = self.resources.get((kind, thing["id"]), ["", "", thing["number"]])
        is_known = known[2] == thing["number"] and int(thing["number"]) <= self.sequence
        self.check("number of the resource", True, is_known)
        if "wakes_at" in thing:
            due, name = thing["wakes_at"], thing["title"] and f"{kind}/{thing['title']}"
        else:
            is_due = kind == "hold" and thing["status"] in ("placed", "partially_captured")
            due = thing["expires_at"] if is_due else None
            titles = (thing[part] for part in ("topic", "title") if part in thing)
            name = thing.get("external_id") or "/".join(titles)
        row = [kind, thing["id"], thing["number"], thing["status"], name or ""]
        place = [thing.get("account_no", ""), thing.get("about") or ""]
        self.resources[kind, thing["id"]] = [*row, *place, due or "", text_of(thing)]
        self.expect("resource_change", [str(self.sequence), thing["id"]])

    def finish(self, records: Any, answers: Any, signed: dict[int, bytes]) -> None:
        """The tables as the last record left them, and the head; the trees are `verify.Tree`.

        `signed` are roots of the tree of answers, by their count.
        """
        columns = ("number", "id", "path", "type", "normal_side", "asset")
        for account in self.accounts.values():
            row = [account.opening[name] for name in columns]
            self.expect("account", [*row, account.status, text_of(account.opening)], row[0])
        for asset in sorted(self.assets.items()):
            self.expect("asset", asset)
        for _, row in sorted(self.resources.items()):
            self.expect("resource", row, row[2])
        self.check_answers(answers, signed)
        for table, file in self.files.items():
            self.check("row that no record calls for", "", file.readline().decode(), table=table)
        head = {
            "format": "1",
            "ledger": self.ledger,
            "sequence": str(records.size),
            "recorded_at": self.recorded_at,
            "root": records.root().hex(),
            "frontier": b"".join(records.frontier).hex(),
            "outcomes": str(answers.size),
            "answers": b"".join(answers.frontier).hex(),
        }
        found = (self.folder / "head.json").read_bytes().decode()
        where = {"table": "head", "sequence": self.sequence}
        self.check("head.json", json.dumps(head, indent=2) + "\n", found, **where)

    def check_answers(self, tree: Any, signed: dict[int, bytes]) -> None:
        """The stored answers: that of a bulk names the records of the bulk, no other names any."""
        self.check_root(tree, signed)
        with (self.folder / "outcomes.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key, time, body = row["key"], row["recorded_at"], row["body"]
                leaf = sha256(f"\0{key}\n{time}\n{body}".encode()).digest()
                tree.append(leaf)
                self.check_root(tree, signed)
                self.expect("outcome", [str(tree.size), key, time, body, leaf.hex()])
                answer, bulk = json.loads(body), self.bulks.pop(key, {})
                results = enumerate(answer["results"])
                found = {str(place): each for place, each in results if isinstance(each, int)}
                said = {**found, "of": (answer["fingerprint"], time)} if bulk else found
                self.check("records of the bulk", bulk, said, table="outcome", key=key)
        self.check("bulks without an answer", {}, self.bulks, table="outcome")
        self.check("answers that are signed but not here", {}, signed, table="outcome")

    def check_root(self, tree: Any, signed: dict[int, bytes]) -> None:
        """The root of so many answers is the one that was signed, if one was."""
        if root := signed.pop(tree.size, None):
            self.check("root of the answers", root.hex(), tree.root().hex(), table="checkpoint")
