"""Verifies a liability proof offline, with Python's standard library and nothing of Partita.

    python tools/verify_liability.py FILE [ACCOUNT]

FILE is what `partita liabilities proof ACCOUNT` wrote, or what your bank gave you; ACCOUNT is your own
account's path, to compare. `spec/liabilities.md` defines every byte; this is written from that text. It
prints one JSON object and exits with 0 if the proof holds, else with 1. Then compare `root` with the one
that is published for this epoch, and `balance` with your own papers. Signatures are not checked here: the
object `receipt` inside FILE is a proof file of its own, by which `spec/proofs.md` shows the root in the log.
"""

import base64
import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

FIELDS = {"format", "account", "nonce", "balance", "position", "path", "receipt"}
NUMBER = re.compile(r"0|[1-9][0-9]{0,38}", re.ASCII)
SUM, LARGEST = 16, 2**128 - 1


class Bad(Exception):
    """What does not hold."""


def need(holds: object, otherwise: str) -> None:
    """Go on only if it holds."""
    if not holds:
        raise Bad(otherwise)


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different."""
    need(len(dict(pairs)) == len(pairs), "a name stands twice in one object")
    return dict(pairs)


def read(text: str) -> Any:
    """JSON without doubled names."""
    return json.loads(text, object_pairs_hook=without_doubles)


def number(text: Any) -> int:
    """A number of at most 128 bits, not below zero."""
    need(isinstance(text, str) and NUMBER.fullmatch(text), f"{text!r} is no number")
    need(int(text) <= LARGEST, f"{text} is more than 2^128 - 1")
    return int(text)


def data(text: Any, count: int) -> bytes:
    """So many bytes, out of base64."""
    found = base64.b64decode(text, validate=True)
    need(len(found) == count and base64.b64encode(found).decode() == text, f"{text!r} is damaged")
    return found


def node(total: int, digest: bytes) -> bytes:
    """A sum and a hash."""
    need(total <= LARGEST, "a sum is more than 2^128 - 1")
    return total.to_bytes(SUM, "big") + digest


def sealed(record: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record and the root that it seals."""
    envelope = read(record)
    need(envelope["v"] == "1" and envelope["type"] == "document.saved", "no root is sealed")
    need(envelope["data"]["document"]["topic"] == "liabilities", "no root is sealed")
    root = read(envelope["data"]["document"]["body"])
    need(root["v"] == "1", f"format {root['v']} is not known")
    need(number(root["epoch"]) < number(envelope["sequence"]), "the epoch is after its record")
    return envelope, root


def climbed(proof: dict[str, Any], root: dict[str, Any]) -> bytes:
    """The topmost node that the account's leaf leads to."""
    account, asset = proof["account"].encode(), root["asset"].encode()
    framed = len(account).to_bytes(2, "big") + account
    committed = sha256(b"\2" + framed + data(proof["nonce"], 32)).digest()
    balance = number(proof["balance"])
    framed = len(asset).to_bytes(1, "big") + asset + number(root["epoch"]).to_bytes(8, "big")
    leaf = sha256(b"\0" + framed + committed + balance.to_bytes(SUM, "big")).digest()
    here, position = node(balance, leaf), number(proof["position"])
    need(number(root["leaves"]) == 1 << len(proof["path"]), "the path has another length")
    need(position < 1 << len(proof["path"]), "the position lies outside the tree")
    for text in proof["path"]:
        total, _, digest = text.partition(" ")
        beside = node(number(total), data(digest, 32))
        pair = beside + here if position & 1 else here + beside
        both = number(total) + int.from_bytes(here[:SUM], "big")
        here, position = node(both, sha256(b"\1" + pair).digest()), position >> 1
    return here


def verify(text: str, account: str | None = None) -> dict[str, Any]:
    """What a proof shows.

    Raises:
        Bad: it does not hold.
    """
    try:
        proof = read(text)
        need(set(proof) <= FIELDS, f"unknown fields: {sorted(set(proof) - FIELDS)}")
        need(proof["format"] == "partita-liability-proof-1", "not a liability proof of format 1")
        need(account in (None, proof["account"]), f"it is about {proof['account']}")
        envelope, root = sealed(proof["receipt"]["record"])
        under = f"{proof['account']}:".startswith(f"{root['prefix']}:")
        need(under, f"{proof['account']} is not below {root['prefix']}")
        top = climbed(proof, root)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Bad(f"not a liability proof: {type(error).__name__}: {error}") from error
    holds = top == node(number(root["total"]), bytes.fromhex(root["root"]))
    need(holds, "the account's leaf does not lead to the sealed root and total")
    leaf = sha256(b"\0" + proof["receipt"]["record"].encode()).hexdigest()
    need(proof["receipt"]["leaf"] == leaf, "the receipt is of another record")
    return {
        "ok": True, "account": proof["account"], "balance": proof["balance"],
        "ledger": envelope["ledger"], "sequence": envelope["sequence"], "record_leaf": leaf,
        "recorded_at": envelope["recorded_at"], **root,
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    """Verify the file that the arguments name."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        found = verify(Path(arguments[0]).read_text("utf-8"), *arguments[1:])
    except (Bad, OSError, UnicodeDecodeError) as error:
        found = {"ok": False, "problem": str(error)}
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
