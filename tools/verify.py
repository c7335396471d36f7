# fmt: off
"""Verifies offline what Partita gives away, with Python's standard library and nothing of Partita.

    python tools/verify.py PATH [--key KEY]... [--witnesses N] [--checkpoint FILE]... [--record FILE]

PATH is a folder that `partita export journal FOLDER` wrote, or a file: a receipt, an inclusion proof (its
record in `--record`), a consistency proof, a checkpoint. `--key` is a verifier key to trust (without one, an
export is held against its own), `--checkpoint` one kept from another day, with which PATH must agree. Prints
one JSON object and exits with 0 if all is well, else with 1. Of an export, this file checks the log: spelling,
tree, signatures (by the package `cryptography`, else the result says NOT CHECKED), tiles; `verify_books.py`
beside it checks the books: rules, totals, every table. The § are those of `spec/`.
"""
import argparse
import json
import re
import sys
from base64 import b64decode, b64encode
from collections import defaultdict
from contextlib import suppress
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

with suppress(ImportError):  # then the result says that no signature was checked
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
CHECKS_SIGNATURES = "InvalidSignature" in globals()
PROOF, RECEIPT = "c2sp.org/tlog-proof@v1", "format leaf object origin promise proof record sequence verifier_key"
NO_ANSWERS = ["answers", "0", b64encode(sha256(b"").digest()).decode()]
FAULTS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError)

class Bad(ValueError):
    """The first thing that is wrong, and where."""

def finding(fault: Exception, **where: object) -> dict[str, object]:
    """What a fault says; anything but a check that failed says that something is not of this format."""
    unread = {"what": "not of this format", "expected": "", "found": repr(fault)}
    return {**where, **(fault.args[0] if isinstance(fault, Bad) else unread)}

def check(what: str, expected: object, found: object, **where: object) -> None:
    """Go on only where two things are equal."""
    if expected != found:
        raise Bad({**where, "what": what, "expected": str(expected), "found": str(found)})

def number(text: str) -> int:
    """A number in its one spelling, not below zero."""
    check("number", True, re.fullmatch("0|[1-9][0-9]*", text) is not None)
    return int(text)

def from_base64(text: str, size: int | None = None) -> bytes:
    """What a text in its one spelling stands for; so many bytes."""
    data = b64decode(text, validate=True)
    check("base64", (b64encode(data).decode(), size or len(data)), (text, len(data)))
    return data

# --- the tree (journal.md §4) and what is proved from it (proofs.md §4)
def join(left: bytes, right: bytes) -> bytes:
    """The node over two nodes."""
    return sha256(b"\1" + left + right).digest()

class Tree:
    """The Merkle tree of RFC 9162, as the roots of its perfect subtrees, from large to small."""

    def __init__(self) -> None:
        self.size, self.frontier = 0, list[bytes]()

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf; it, and the roots of the subtrees of 256, 65,536 … leaves that it completes."""
        node, found, height = leaf, [leaf], 0
        while self.size >> height & 1:
            node, height = join(self.frontier.pop(), node), height + 1
            found += [node] if height % 8 == 0 else []
        self.frontier.append(node)
        self.size += 1
        return found

    def root(self) -> bytes:
        """The hash that names the whole tree."""
        nodes = self.frontier or [sha256(b"").digest()]
        return reduce(lambda right, left: join(left, right), reversed(nodes))

def climb(index: int, last: int, start: bytes, path: list[bytes]) -> tuple[bytes, bytes]:
    """Where a path leads: the roots of the log that ends at `index`, and of the one that ends at `last`."""
    old = new = start
    for node in path:
        check("hash beyond the root", True, last > 0)
        is_right = index & 1 == 1 or index == last
        old, new = (join(node, old), join(node, new)) if is_right else (old, join(new, node))
        while is_right and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    check("levels that lack a hash", 0, last)
    return old, new

def check_growth(old: int, new: int, roots: tuple[bytes, bytes], path: list[bytes]) -> None:
    """A path proves that the log of one size and root became that of another."""
    check("order of the sizes", True, old <= new)
    if old in (0, new):
        return check("roots and path", (roots[0], []), (roots[1] if old else Tree().root(), path))
    first, *rest = path if old & old - 1 else [roots[0], *path]
    skipped = (old & -old).bit_length() - 1
    return check("roots", roots, climb(old - 1 >> skipped, new - 1 >> skipped, first, rest))

# --- keys, signed notes, checkpoints: proofs.md §1 to §3
class Trust:
    """The keys to believe and the witnesses that must sign; who has signed, and which roots."""

    def __init__(self, keys: list[str], witnesses: int) -> None:
        self.keys, self.witnesses, self.at = dict[tuple[str, bytes], bytes](), witnesses, (0, 0)
        self.roots, self.answers, self.signers = dict[int, bytes](), dict[int, bytes](), set[str]()
        for name, identifier, material in (line.split("+", 2) for line in keys):
            key = from_base64(material, 33)
            known = sha256(f"{name}\n".encode() + key).digest()[:4]
            check("verifier key", (known.hex(), True), (identifier, key[0] in (1, 4)), table="key")
            self.keys[name, known] = key

    def lines(self, note: str, witnesses: int, origin: str = "") -> list[str]:
        """The lines of a note that its log signed, and so many witnesses."""
        (text, _, end), signers = note.rpartition("\n\n"), set[tuple[int, str]]()
        *signatures, end = end.split("\n")
        check("form of a note", (None, True, ""), (re.search("[\0-\t\v-\x1f]", note), 0 < len(signatures) <= 64, end))
        for dash, name, encoded in (line.split(" ") for line in signatures):
            data = from_base64(encoded)
            check("signature's line", ("—", True, None), (dash, len(data) > 4, re.search(r"[\s+]|^$", name)))
            if key := self.keys.get((name, data[:4])):
                check(f"signature of {name}", True, is_signed(key, f"{text}\n", data[4:]), table="note")
                signers.add((key[0], name))
        self.signers |= {name for _, name in signers}
        lines, count = text.split("\n"), sum(kind == 4 for kind, _ in signers)
        found = (1, origin or lines[0]) in signers, count >= witnesses
        check("trusted keys that signed: the log's, enough witnesses'", (True, True), found, table="note")
        return lines

    def checkpoint(self, note: str, witnesses: int = 0) -> tuple[str, int, str]:
        """Origin, size and root of a checkpoint; no other says another root of this size."""
        origin, size, root, *others = self.lines(note, witnesses)
        [(_, count, answered)] = [line.split(" ") for line in others if line.startswith("answers ")] or [NO_ANSWERS]
        for roots, place, found in ((self.roots, size, root), (self.answers, count, answered)):
            known = roots.setdefault(number(place), from_base64(found, 32))
            check("root", (known, True), (b64decode(found), size > "0"), table="checkpoint", sequence=int(size))
        self.at = int(size), int(count)
        return origin, int(size), b64decode(root).hex()

def is_signed(key: bytes, text: str, value: bytes) -> bool:
    """Whether a signature is the key's; a witness signs the time as well."""
    if key[0] == 4:
        text, value = f"cosignature/v1\ntime {int.from_bytes(value[:8], 'big')}\n{text}", value[8:]
    try:
        if CHECKS_SIGNATURES:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(value, text.encode())
    except InvalidSignature:
        return False
    return len(value) == 64

# --- what somebody keeps: proofs.md §4 to §6. Each says what it is, and the size and root that it leads to
def check_proof(trust: Trust, text: str, leaf: bytes, origin: str = "", place: str = "") -> tuple[str, int, str]:
    """An inclusion proof of this leaf, and perhaps in the log and at the place that somebody claims."""
    head, _, note = text.partition("\n\n")
    header, index, *path = re.sub("\nextra [^\n]*", "", head, count=1).split("\n")
    check("header, index, length", (PROOF, place or index, True), (header, index, len(path) <= 63), table="proof")
    found, size, root = trust.checkpoint(note, trust.witnesses)
    at = number(index.removeprefix("index "))
    check("origin, index in the log", (origin or found, True), (found, at < size), table="proof", sequence=at + 1)
    _, reached = climb(at, size - 1, leaf, [from_base64(node, 32) for node in path])
    check("root that the path leads to", root, reached.hex(), table="proof", sequence=at + 1)
    return "inclusion_proof", size, root

def check_receipt(trust: Trust, receipt: dict[str, Any]) -> tuple[str, int, str]:
    """A receipt, with a proof or the promise of one."""
    body, sequence, origin = receipt["record"].encode(), receipt["sequence"], receipt["origin"]
    leaf, where = sha256(b"\0" + body).digest(), {"table": "receipt", "sequence": number(sequence)}
    said = " ".join(sorted(receipt)), receipt["format"], receipt["leaf"], json.loads(body)["sequence"]
    check("fields, format, leaf, sequence", (RECEIPT, "partita-receipt/v1", leaf.hex(), sequence), said, **where)
    check("one of proof and promise", 1, (receipt["proof"], receipt["promise"]).count(None), **where)
    if receipt["promise"] is None:
        return "receipt", *check_proof(trust, receipt["proof"], leaf, origin, f"index {int(sequence) - 1}")[1:]
    *lines, by = trust.lines(receipt["promise"], 0, origin)
    promised = ["partita-promise/v1", origin, f"sequence {sequence}", f"leaf {b64encode(leaf).decode()}"]
    check("promise", (promised, True), (lines, re.fullmatch(r"by [0-9T:.-]{26}Z", by) is not None), **where)
    return "promise", 0, ""

def check_consistency(trust: Trust, proof: dict[str, Any]) -> tuple[str, int, str]:
    """A consistency proof; its roots are those of checkpoints that were kept of these sizes."""
    sizes = number(proof["from_size"]), number(proof["to_size"])
    roots = bytes.fromhex(proof["from_root"]), bytes.fromhex(proof["to_root"])
    check_growth(*sizes, roots, [bytes.fromhex(node) for node in proof["path"]])
    for size, root in zip(sizes, roots, strict=True):
        check("root", trust.roots.pop(size, root).hex(), root.hex(), table="checkpoint", sequence=size)
    return "consistency_proof", sizes[1], roots[1].hex()

# --- an export: journal.md §2, §7 and §8, proofs.md §7 and §8
class Export:
    """The records in order, and what follows from them: for the log here, for the books in `Books`."""
    def __init__(self, folder: Path, trust: Trust) -> None:
        self.folder, self.log, self.trust, self.tree = folder, folder / "log", trust, Tree()
        sys.path.append(str(Path(__file__).resolve().parent))
        from verify_books import Books  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - whoever has a receipt needs this file alone
        self.books, self.levels = Books(folder, check), defaultdict[int, bytearray](bytearray)

    def verify(self) -> tuple[str, int, str]:
        """Go through everything."""
        self.check_signed()
        with (self.folder / "journal.ndjson").open("rb") as lines:
            for line in lines:
                try:
                    self.take(line)
                except FAULTS as fault:
                    raise Bad(finding(fault, table="journal", sequence=self.tree.size + 1)) from fault
        for size in sorted(self.trust.roots):
            check("records below a checkpoint", size, self.tree.size, table="checkpoint", sequence=self.tree.size + 1)
        self.check_tiles()
        self.books.finish(self.tree, Tree(), self.trust.answers)
        return "export", self.tree.size, self.tree.root().hex()

    def check_signed(self) -> None:
        """Every checkpoint holds, and says a root that must come out."""
        (*parts, end), last = (self.log / "checkpoints").read_bytes().decode().split("\n\n"), (0, 0)
        for text, signatures in zip(parts[::2], parts[1::2], strict=True):
            origin, size, _ = self.trust.checkpoint(f"{text}\n\n{signatures}\n")
            found = origin.rpartition("/")[2], last < self.trust.at and last[1] <= self.trust.at[1]
            check("ledger, order", (self.books.ledger, True), found, table="checkpoint", sequence=size)
            last = self.trust.at
        newest = "\n\n".join([*parts[-2:], ""]).removesuffix("\n")
        file = self.log / "checkpoint"
        check("newest, end", (newest, ""), (file.read_bytes().decode() if parts else "", end), table="checkpoint")
        if parts:
            self.trust.checkpoint(newest, self.trust.witnesses)

    def take(self, line: bytes) -> None:
        """A record: its spelling, what it says, its leaf."""
        text, leaf = line.decode(), sha256(b"\0" + line[:-1]).digest()
        record = json.loads(text)
        check("spelling", json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n", text)
        self.books.take(record, leaf.hex())
        for level, node in enumerate(self.tree.append(leaf)):
            self.levels[level] += node
        if root := self.trust.roots.pop(self.tree.size, None):
            check("root", root.hex(), self.tree.root().hex(), table="checkpoint", sequence=self.tree.size)

    def check_tiles(self) -> None:
        """Every tile of hashes and every bundle of records is what it must be."""
        for level, hashes in self.levels.items():
            for start in range(0, len(hashes), 8192):
                tile = bytes(hashes[start:start + 8192])
                self.check_tile(str(level), start // 8192, len(tile) // 32, tile)
        with (self.folder / "journal.ndjson").open("rb") as lines:
            for place in range(0, self.tree.size, 256):
                bodies = [lines.readline()[:-1] for _ in range(min(256, self.tree.size - place))]
                bundle = b"".join(len(body).to_bytes(4, "big")[2:] + body for body in bodies)
                if max(map(len, bodies)) < 1 << 16:
                    self.check_tile("entries", place // 256, len(bodies), bundle)

    def check_tile(self, kind: str, place: int, width: int, content: bytes) -> None:
        """A tile or bundle, so many hashes or records wide."""
        digits = f"{place:0{-(-len(str(place)) // 3) * 3}}"
        path = f"tile/{kind}/" + re.sub(r"\d{3}(?=\d)", r"x\g<0>/", digits) + (f".p/{width}" if width < 256 else "")
        first = (place << 8 * (1 if kind == "entries" else 1 + int(kind))) + 1
        digests = (sha256(data).hexdigest() for data in (content, (self.log / path).read_bytes()))
        check("SHA-256 of the file", *digests, table=f"log/{path}", sequence=first)

def verify(given: argparse.Namespace, trust: Trust) -> tuple[str, int, str]:
    """Whatever lies at the path."""
    if given.path.is_dir():
        return Export(given.path, trust).verify()
    text = given.path.read_bytes().decode()
    if text.startswith("{"):
        found = json.loads(text)
        return {"receipt": check_receipt, "consistency_proof": check_consistency}[found["object"]](trust, found)
    if text.startswith(PROOF):
        return check_proof(trust, text, sha256(b"\0" + given.record.read_bytes().removesuffix(b"\n")).digest())
    return "checkpoint", *trust.checkpoint(text, trust.witnesses)[1:]

def main() -> int:
    """Verify, print one JSON object; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--witnesses", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path, action="append", default=[])
    parser.add_argument("--record", type=Path)
    given = parser.parse_args()
    signatures = "checked" if CHECKS_SIGNATURES else "NOT CHECKED"
    result: dict[str, Any] = {"ok": False, "signatures": signatures, "first_bad": None}
    try:
        own = given.path / "log" / "keys"
        keys = given.key or (own.read_bytes().decode().split("\n") if own.is_file() else [])
        trust = Trust([key for key in keys if key], given.witnesses)
        for kept in given.checkpoint:
            trust.checkpoint(kept.read_bytes().decode())
        kind, records, root = verify(given, trust)
        check("kept checkpoints that nothing here compares with", set(), set(trust.roots) - {records})
        result |= {"ok": True, "kind": kind, "records": records, "root": root, "signers": sorted(trust.signers)}
    except FAULTS as fault:
        result["first_bad"] = finding(fault, table=given.path.name)
    print(json.dumps(result))
    return 0 if result["ok"] else 1

if __name__ == "__main__":
    sys.exit(main())
