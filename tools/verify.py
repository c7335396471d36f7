"""Verifies an exported ledger offline, with Python's standard library and nothing of Partita.

    python tools/verify.py FOLDER

FOLDER is what `partita export journal FOLDER` wrote; `spec/journal.md` defines every file and check.
This is an implementation of its own, written from that text: where it and `partita verify` disagree,
one of the three is wrong. It prints one JSON object and exits with 0 if all is well, else with 1.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

FIELDS = ("v", "ledger", "sequence", "recorded_at", "type", "id", "key", "fingerprint", "actor",
          "request_id", "bulk", "data", "salt")  # fmt: skip
POSTED = ("type", "external_id", "effective_at", "entries", "metadata")
ENTRY = ("account", "number", "version", "direction", "amount", "asset", "after")
OPERATIONS = {
    "ledger.opened": "ledgers", "asset.registered": "assets", "account.opened": "accounts",
    "account.frozen": "accounts/freeze", "account.unfrozen": "accounts/unfreeze",
    "account.closed": "accounts/close", "transaction.posted": "transactions",
    "transaction.reversed": "transactions/reverse", "transaction.pended": "transactions",
    "transaction.edited": "transactions/edit", "transaction.settled": "transactions/post",
    "transaction.archived": "transactions/archive", "hold.placed": "holds",
    "hold.captured": "holds/capture", "hold.incremented": "holds/increment",
    "hold.released": "holds/release", "hold.extended": "holds/extend",
    "hold.expired": "holds/expire", "document.saved": "documents",
    "document.archived": "documents/archive", "limit.set": "limits",
    "limit.archived": "limits/archive", "period.opened": "periods",
    "period.soft_closed": "periods/soft_close", "period.reopened": "periods/reopen",
    "period.closed": "periods/close",
}  # fmt: skip
MOVE = ("account", "after", "amount", "asset", "direction", "number", "pending", "version")
RESOURCES = ("hold", "transaction", "document", "limit", "period")
STATUS_AFTER = {"account.frozen": "frozen", "account.unfrozen": "open", "account.closed": "closed"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
NUMBER = re.compile(r"0|[1-9][0-9]{0,37}", re.ASCII)
csv.field_size_limit(1 << 30)


class Bad(Exception):
    """The first thing that is wrong."""

    def __init__(self, *finding: object, **where: object) -> None:
        named = zip(("table", "what", "expected", "found"), map(str, finding), strict=True)
        self.finding: dict[str, object] = {**dict(named), **where}


def text_of(value: object) -> str:
    """JSON as the journal spells it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def is_sorted(value: Any) -> bool:
    """Whether the names of an object, and of all objects in it, are in order."""
    is_plain = not isinstance(value, dict)
    return is_plain or (list(value) == sorted(value) and all(map(is_sorted, value.values())))


def digest(operation: str, key: str) -> str:
    """The first 16 bytes under which a key is indexed, in hexadecimal."""
    return sha256(f"{operation}\0{key}".encode()).hexdigest()[:32]


class Tree:
    """The Merkle tree of RFC 9162: the roots of its perfect subtrees, from large to small."""

    def __init__(self) -> None:
        self.size, self.nodes = 0, list[bytes]()

    def append(self, leaf: bytes) -> None:
        """Add a leaf at the right."""
        rest = self.size
        while rest & 1:
            leaf = sha256(b"\1" + self.nodes.pop() + leaf).digest()
            rest >>= 1
        self.nodes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The hash that names the whole tree."""
        if not self.nodes:
            return sha256(b"").digest()
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = sha256(b"\1" + node + root).digest()
        return root


class Ledger:
    """Everything that follows from the records, compared on the way with the exported tables."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tree = folder, Tree()
        self.head = json.loads((folder / "head.json").read_text("utf-8"))
        self.recorded_at = "1970-01-01T00:00:00.000000Z"
        self.accounts: dict[str, SimpleNamespace] = {}
        self.assets: dict[str, str] = {}
        self.bulks: dict[str, dict[str, Any]] = {}
        self.resources: dict[tuple[str, str], list[str]] = {}
        self.changes: list[list[str]] = []
        self.entries = self.rows("entries.csv")

    def rows(self, name: str) -> Iterator[list[str]]:
        """The rows of a CSV file, its header left out."""
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            next(reader)
            yield from reader

    def verify(self) -> None:
        """Go through everything; Bad says what is wrong first."""
        index = self.rows("journal.csv")
        with (self.folder / "journal.ndjson").open("rb") as bodies:
            for line in bodies:
                self.take(line.removesuffix(b"\n"), next(index, []))
        for row in index:
            raise Bad("journal", "row without a record", "none", row, sequence=self.tree.size + 1)
        for row in self.entries:
            raise Bad("entry", "row that no record calls for", "none", row, sequence=int(row[2]))
        self.check_accounts()
        self.check_rows("asset", "assets.csv", [[c, b] for c, b in sorted(self.assets.items())])
        kept = [row for _name, row in sorted(self.resources.items())]
        self.check_rows("resource", "resources.csv", kept)
        self.check_rows("resource_change", "resource_changes.csv", self.changes)
        self.check_outcomes()
        self.check_head()

    def take(self, body: bytes, row: list[str]) -> None:
        """One record and its index columns."""
        sequence = self.tree.size + 1
        leaf = sha256(b"\0" + body).digest()
        self.check("leaf, the hash of the body", [leaf.hex()], row[-1:])
        try:
            record = json.loads(body, object_pairs_hook=without_doubles)
        except (ValueError, RecursionError) as error:
            self.bad("body is not JSON", "a record", error)
        self.check("spelling of the body", text_of(record), body.decode("utf-8", "replace"))
        self.check("fields", FIELDS, tuple(record))
        place = ("1", self.head["ledger"], str(sequence), 32)
        claimed = (record["v"], record["ledger"], record["sequence"], len(record["salt"]))
        self.check("v, ledger, sequence, length of salt", place, claimed)
        recorded_at, kind = record["recorded_at"], record["type"]
        self.check("form of recorded_at", True, bool(MOMENT.fullmatch(recorded_at)))
        if recorded_at < self.recorded_at and sequence > 1:
            self.bad("recorded_at goes back", self.recorded_at, recorded_at)
        self.recorded_at = recorded_at
        self.check("place of ledger.opened", sequence == 1, kind == "ledger.opened")
        self.check("type", True, kind in OPERATIONS)
        reference = self.apply(record, sequence)
        key = self.key(record, sequence)
        columns = [str(sequence), kind, record["id"], recorded_at, key, reference]
        self.check("index columns", columns, row[:-1])
        self.tree.append(leaf)

    def key(self, record: dict[str, Any], sequence: int) -> str:
        """The key column of a record: empty for a record of a bulk, which is noted instead."""
        key = record["key"]
        if key is None:
            return ""
        if record["bulk"] is None:
            return digest(OPERATIONS[record["type"]], key)
        facts = {name: record[name] for name in ("fingerprint", "recorded_at")}
        bulk = self.bulks.setdefault(digest("transactions/batch", key), {**facts, "places": {}})
        self.check("fingerprint of the bulk", bulk["fingerprint"], record["fingerprint"])
        bulk["places"][int(record["bulk"])] = sequence
        return ""

    def apply(self, record: dict[str, Any], sequence: int) -> str:
        """What the record did; the external id, empty if it has none."""
        kind, data = record["type"], record["data"]
        if kind == "transaction.posted":
            self.check("fields of data", POSTED, tuple(data))
            self.check("order of metadata", True, is_sorted(data["metadata"]))
            self.check("at least two entries", True, len(data["entries"]) >= 2)
            self.check("amounts", True, all(entry["amount"] != "0" for entry in data["entries"]))
            self.post(data, sequence, record["recorded_at"], ENTRY)
            return str(data["external_id"] or "")
        self.check("order of data", True, is_sorted(data))
        if (thing := next((name for name in RESOURCES if name in data), None)) is not None:
            self.post(data, sequence, record["recorded_at"], MOVE)
            self.keep(thing, data[thing], sequence)
            source = data[thing] if kind == "hold.placed" else data
            return str(source.get("external_id") or "")
        if kind == "ledger.opened":
            self.check("name", self.head["ledger"], data["name"])
        elif kind == "asset.registered":
            self.check("code taken", False, data["asset"]["code"] in self.assets)
            self.assets[data["asset"]["code"]] = text_of(data["asset"])
        elif kind == "account.opened":
            opening = data["account"]
            found = (opening["number"], opening["id"], opening["path"] in self.accounts)
            self.check("number, id, path taken", (str(sequence), record["id"], False), found)
            fresh = {"status": "open", "version": 0, "debits": 0, "credits": 0, "aside": [0, 0]}
            self.accounts[opening["path"]] = SimpleNamespace(opening=opening, **fresh)
        else:
            self.change(kind, data)
        return ""

    def change(self, kind: str, data: dict[str, Any]) -> None:
        """A change of an account's status."""
        account = self.accounts.get(data["account"])
        if account is None or account.opening["number"] != data["number"]:
            self.bad("account of the change", "opened before", data["account"])
        self.check("change of a closed account", False, account.status == "closed")
        if kind == "account.closed":
            self.check("balance when closed", account.debits, account.credits)
        account.status = STATUS_AFTER[kind]

    def keep(self, kind: str, thing: dict[str, Any], sequence: int) -> None:
        """A hold, a transaction or a document as its last record left it, and that it did."""
        name, due = thing.get("external_id") or "", ""
        if kind == "document":
            name = f"{thing['topic']}/{thing['title']}"
        elif kind in ("limit", "period"):
            name = thing["title"]
        if kind == "hold" and thing["status"] in ("placed", "partially_captured"):
            due = thing["expires_at"] or ""
        account = thing.get("account_no", "")
        row = [
            kind,
            thing["id"],
            thing["number"],
            thing["status"],
            name,
            account,
            due,
            text_of(thing),
        ]
        self.resources[kind, thing["id"]] = row
        self.changes.append([str(sequence), thing["id"]])

    def post(
        self, data: dict[str, Any], sequence: int, recorded_at: str, fields: tuple[str, ...]
    ) -> None:
        """The entries that a record made: sums, registers, and the rows of the table of entries."""
        sums: dict[str, int] = {}
        moment = data.get("effective_at", recorded_at)
        self.check("form of effective_at", True, bool(MOMENT.fullmatch(moment)))
        for leg, entry in enumerate(data.get("entries", ())):
            self.check("fields of an entry", fields, tuple(entry))
            account = self.accounts.get(entry["account"])
            shut = ("closed",) if fields is MOVE else ("closed", "frozen")
            if account is None or account.status in shut:
                self.bad("account of an entry", "an open one", entry["account"])
            self.check("form of the amount", True, bool(NUMBER.fullmatch(entry["amount"])))
            self.check("direction", True, entry["direction"] in ("debit", "credit"))
            amount, is_debit = int(entry["amount"]), entry["direction"] == "debit"
            account.version += 1
            account.debits += amount if is_debit else 0
            account.credits += 0 if is_debit else amount
            pending = entry.get("pending", "0")
            account.aside[not is_debit] += int(pending)
            after = [str(n) for n in (account.debits, account.credits, *account.aside)]
            self.check("sign of a total", False, min(account.aside) < 0)
            opening, version = account.opening, str(account.version)
            expected = [opening["number"], version, opening["asset"], after]
            found = [entry["number"], entry["version"], entry["asset"], entry["after"]]
            self.check("number, version, asset, after", expected, found)
            signed = entry["amount"] if is_debit or not amount else f"-{entry['amount']}"
            sums[entry["asset"]] = sums.get(entry["asset"], 0) + int(signed)
            wanted = [entry["number"], entry["version"], str(sequence), str(leg), entry["asset"],
                      signed, *after, moment, recorded_at, pending, entry["direction"]]  # fmt: skip
            if (row := next(self.entries, None)) != wanted:
                where = {"account": entry["account"], "version": account.version}
                raise Bad("entry", "row", wanted, row, sequence=sequence, **where)
        self.check("sums by asset", dict.fromkeys(sums, 0), sums)

    def check_accounts(self) -> None:
        """The chart: every account as it was opened, and its status now."""
        names = ("number", "id", "path", "type", "normal_side", "asset")
        expected = [
            [*(account.opening[name] for name in names), account.status, text_of(account.opening)]
            for account in self.accounts.values()
        ]
        self.check_rows("account", "accounts.csv", expected)

    def check_rows(self, table: str, name: str, expected: list[list[str]]) -> None:
        """A whole table against what it must be."""
        found = self.rows(name)
        for wanted in expected:
            if (row := next(found, None)) != wanted:
                raise Bad(table, "row", wanted, row, account=wanted[0])
        for row in found:
            raise Bad(table, "row that no record calls for", "none", row, account=row[0])

    def check_outcomes(self) -> None:
        """Stored answers: those of bulks name their records."""
        count = 0
        log = Tree()
        for place, key, recorded_at, body, leaf in self.rows("outcomes.csv"):
            count += 1
            sealed = sha256(b"\0" + f"{key}\n{recorded_at}\n{body}".encode()).digest()
            if (place, leaf) != (str(count), sealed.hex()):
                raise Bad("outcome", "place, leaf", (count, sealed.hex()), (place, leaf), key=key)
            log.append(sealed)
            answer, bulk = json.loads(body), self.bulks.pop(key, None)
            places = {n: r for n, r in enumerate(answer["results"]) if isinstance(r, int)}
            expected: object = (bulk["places"], bulk["fingerprint"]) if bulk else {}
            found: object = (places, answer["fingerprint"]) if bulk else places
            if expected != found or (bulk and recorded_at != bulk["recorded_at"]):
                raise Bad("outcome", "answer", expected, found, key=key)
        for key in self.bulks:
            raise Bad("outcome", "answer of a bulk", "a row", "none", key=key)
        if str(count) != self.head["outcomes"]:
            raise Bad("head", "count of outcomes", count, self.head["outcomes"])
        if b"".join(log.nodes).hex() != self.head["answers"]:
            raise Bad("head", "answers", b"".join(log.nodes).hex(), self.head["answers"])

    def check_head(self) -> None:
        """The head against the tree."""
        tree = self.tree
        frontier, root = b"".join(tree.nodes).hex(), tree.root().hex()
        values = (str(tree.size), self.recorded_at, root, frontier)
        for name, expected in zip(
            ("sequence", "recorded_at", "root", "frontier"), values, strict=True
        ):
            if self.head[name] != expected:
                raise Bad("head", name, expected, self.head[name])

    def check(self, what: str, expected: object, found: object) -> None:
        """Refuse a record in which two things differ."""
        if expected != found:
            self.bad(what, expected, found)

    def bad(self, what: str, expected: object, found: object) -> NoReturn:
        """End with a finding about the record at hand."""
        raise Bad("journal", what, expected, found, sequence=self.tree.size + 1)


def main(folder: Path) -> int:
    """Verify a folder, print the result; the exit status."""
    ledger, first_bad = Ledger(folder), None
    try:
        ledger.verify()
    except Bad as bad:
        first_bad = bad.finding
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        where = {"table": "journal", "sequence": ledger.tree.size + 1}
        first_bad = {**where, "what": "not of this format", "expected": "", "found": repr(error)}
    figures = {"records": ledger.tree.size, "root": ledger.tree.root().hex()}
    print(json.dumps({"ok": first_bad is None, **figures, "first_bad": first_bad}))
    return 0 if first_bad is None else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else __doc__)
