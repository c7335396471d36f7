"""Checks a stored answer against the journal: a bulk's list must name the very records it made."""

import re
from collections.abc import Mapping

import msgspec

from partita.engine.outcome import StoredOutcome
from partita.journal.answers import answer_leaf
from partita.journal.findings import Finding
from partita.journal.fold_state import BulkState

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_decode = msgspec.json.Decoder(StoredOutcome).decode
_encode = msgspec.json.Encoder().encode


class OutcomeRow(msgspec.Struct, frozen=True):
    """A row of stored answers, at its place in their log; `leaf` is its hash.

    `is_in_journal` says whether a record stands under the same key, which must not be.
    """

    place: int
    key: bytes
    recorded_at: str
    body: str
    is_in_journal: bool
    leaf: bytes


def outcome_finding(
    row: OutcomeRow, bulks: Mapping[bytes, BulkState], last_recorded_at: str
) -> Finding | None:
    """What is wrong with a stored answer, if anything.

    A refusal leaves no record, so of its time only that it is not later than the journal's last
    follows from there; but its very bytes are sealed in the log of answers.
    """
    sealed = answer_leaf(row.key, row.recorded_at, row.body)
    if sealed != row.leaf:
        what = "leaf is not the hash of key, recorded_at and body"
        return _finding(row, (what, sealed.hex(), row.leaf.hex()))
    try:
        outcome = _decode(row.body)
    except msgspec.MsgspecError as error:
        return _finding(row, ("body", "a stored answer", str(error)))
    checks = [
        ("body", _encode(outcome).decode(), row.body),
        ("key", "in the journal or here", "in both" if row.is_in_journal else _NOT_BOTH),
    ]
    if _FINGERPRINT.fullmatch(outcome.fingerprint) is None:
        checks.append(("fingerprint", "64 hexadecimal digits", outcome.fingerprint))
    places = {n: r for n, r in enumerate(outcome.results) if isinstance(r, int)}
    bulk = bulks.get(row.key)
    checks.append(("records of the bulk", str(bulk.places if bulk else {}), str(places)))
    if bulk is not None:
        checks.append(("fingerprint", str(bulk.fingerprint), outcome.fingerprint))
        checks.append(("recorded_at", bulk.recorded_at, row.recorded_at))
    elif row.recorded_at > last_recorded_at:
        checks.append(("recorded_at", f"{last_recorded_at} or earlier", row.recorded_at))
    wrong = (check for check in checks if check[1] != check[2])
    return next((_finding(row, check) for check in wrong), None)


_NOT_BOTH = "in the journal or here"


def _finding(row: OutcomeRow, check: tuple[str, str, str]) -> Finding:
    return Finding("outcome", *check, key=row.key.hex())
