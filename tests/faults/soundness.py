"""Whether what is stored of a ledger is sound in itself, recomputed from its bytes by other code.

Sums are zero, registers follow from the journal, the sequence is dense, time never goes back, hashes
and root recompute, no account is below its floor (reliability invariants I3 to I7).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from tests.faults.stored import StoredEntry, StoredLedger, StoredRecord

_STATUS = {"account.frozen": "frozen", "account.unfrozen": "open", "account.closed": "closed"}
_NOTHING = (0, 0, 0, 0)


def _status(record: StoredRecord) -> str:
    """How an account stands after a record; a freeze may be of one direction."""
    flow = record.said["data"].get("flow")
    return _STATUS[record.type] + ("" if flow is None else f"_{flow}")


def problems(ledger: StoredLedger) -> Iterator[str]:
    """Everything that is not as it must be, a sentence each."""
    yield from _order(ledger)
    yield from _hashes(ledger)
    yield from _index_columns(ledger)
    yield from _registers(ledger)
    yield from _chart(ledger)
    yield from _lives(ledger)
    if ledger.head.outcomes != len(ledger.outcomes):
        yield f"the head counts {ledger.head.outcomes} answers, stored are {len(ledger.outcomes)}"


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root of RFC 9162 §2.1.1, straight from its recursive definition."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def frontier(leaves: Sequence[bytes]) -> bytes:
    """Roots of the largest perfect subtrees, left to right."""
    nodes, start = [], 0
    for bit in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> bit & 1:
            nodes.append(merkle_root(leaves[start : start + (1 << bit)]))
            start += 1 << bit
    return b"".join(nodes)


def _order(ledger: StoredLedger) -> Iterator[str]:
    expected = list(range(1, len(ledger.journal) + 1))
    if [record.sequence for record in ledger.journal] != expected:
        yield "the sequence is not dense from 1"
    if ledger.head.sequence != len(ledger.journal):
        yield f"the head says {ledger.head.sequence} records, stored are {len(ledger.journal)}"
    latest = ""
    for record in ledger.journal:
        if record.recorded_at < latest:
            yield f"record {record.sequence} was recorded before the one before it"
        latest = record.recorded_at
    if ledger.journal and ledger.head.recorded_at != latest:
        yield f"the head was recorded at {ledger.head.recorded_at}, its last record at {latest}"


def _hashes(ledger: StoredLedger) -> Iterator[str]:
    for record in ledger.journal:
        if sha256(b"\0" + record.body).digest() != record.leaf:
            yield f"record {record.sequence}: the leaf is not the hash of the bytes"
    leaves = [record.leaf for record in ledger.journal]
    if merkle_root(leaves) != ledger.head.root:
        yield "the head's root is not the root of the leaves"
    if frontier(leaves) != ledger.head.frontier:
        yield "the head's frontier is not the frontier of the leaves"


def _index_columns(ledger: StoredLedger) -> Iterator[str]:
    for record in ledger.journal:
        said = record.said
        expected = (
            ledger.name,
            str(record.sequence),
            record.recorded_at,
            record.type,
            record.id,
            record.external_id,
        )
        data = said["data"]
        owner = data["hold"] if record.type == "hold.placed" else data
        external_id = owner.get("external_id")
        names = ("ledger", "sequence", "recorded_at", "type", "id")
        if (*(said[name] for name in names), external_id) != expected:
            yield f"record {record.sequence}: its columns do not say what its bytes say"


def _registers(ledger: StoredLedger) -> Iterator[str]:
    """Fold the journal and hold each row of the registers against it."""
    rows = defaultdict(list)
    for entry in ledger.entries:
        rows[entry.sequence].append(entry)
    totals: dict[int, tuple[int, ...]] = {}
    versions: Counter[int] = Counter()
    floors: dict[int, tuple[str, int]] = {}
    for record in ledger.journal:
        if record.type == "account.opened":
            floors.update(_floor(record.said["data"]["account"]))
        stored = rows.pop(record.sequence, [])
        if "entries" not in record.said["data"]:
            if stored:
                yield f"record {record.sequence} moves nothing and has entries"
            continue
        before = dict(totals)
        expected = _expected_entries(record, totals, versions)
        if expected != stored:
            yield f"record {record.sequence}: the registers do not hold what follows from it"
        yield from _imbalances(record.sequence, expected)
        yield from _below_floor(record, before, totals, floors)
    if rows:
        yield f"entries belong to records that are not there: {sorted(rows)}"
    yield from _imbalances("the ledger", ledger.entries)


def _expected_entries(
    record: StoredRecord, totals: dict[int, tuple[int, ...]], versions: Counter[int]
) -> list[StoredEntry]:
    """The rows that a transaction must have; the fold goes on by them."""
    expected = []
    for leg, said in enumerate(record.said["data"]["entries"]):
        number, amount = int(said["number"]), int(said["amount"])
        is_debit = said["direction"] == "debit"
        aside = int(said.get("pending", 0))
        debits, credits, coming, going = totals.get(number, _NOTHING)
        after = (
            debits + amount * is_debit,
            credits + amount * (not is_debit),
            coming + aside * is_debit,
            going + aside * (not is_debit),
        )
        versions[number] += 1
        totals[number] = tuple(int(total) for total in said["after"])
        expected.append(
            StoredEntry(
                account_number=number,
                version=versions[number],
                sequence=record.sequence,
                leg=leg,
                asset=said["asset"],
                amount=amount if is_debit else -amount,
                after=after,
                effective_at=record.said["data"]["effective_at"],
                recorded_at=record.recorded_at,
                pending=aside,
            )
        )
    return expected


def _imbalances(what: object, entries: Sequence[StoredEntry]) -> Iterator[str]:
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.asset] += entry.amount
    for asset, difference in sums.items():
        if difference:
            yield f"record {what}: {asset} is off by {difference}"


def _floor(account: dict[str, Any]) -> Iterator[tuple[int, tuple[str, int]]]:
    """The account's normal side and the lowest figure it may have there."""
    limits = account["constraints"]
    floors = [int(limits[name]) for name in ("min_posted", "min_available") if limits[name]]
    if floors:
        floor = max(floors) - int(limits["overdraft"])
        yield int(account["number"]), (account["normal_side"], floor)


def _below_floor(
    record: StoredRecord,
    before: dict[int, tuple[int, ...]],
    after: dict[int, tuple[int, ...]],
    floors: dict[int, tuple[str, int]],
) -> Iterator[str]:
    """A floor is only in the way of what takes from the account."""
    for number in {int(entry["number"]) for entry in record.said["data"]["entries"]}:
        side, floor = floors.get(number, ("", 0))
        standing, stood = (
            _on(side, totals.get(number, _NOTHING)) if side else 0 for totals in (after, before)
        )
        if side and standing < floor and standing < stood:
            yield f"record {record.sequence}: account {number} at {standing} is below {floor}"


def _on(side: str, totals: Sequence[int]) -> int:
    """What may be spent: what is there, less what is set aside on the side that takes."""
    debits, credits, coming, going = totals
    return debits - credits - going if side == "debit" else credits - debits - coming


def _lives(ledger: StoredLedger) -> Iterator[str]:
    """Holds, transactions and matters are as their last records left them; no hold counts on too long."""
    last: dict[tuple[str, str], dict[str, Any]] = {}
    due: dict[str, str] = {}
    for record in ledger.journal:
        data = record.said["data"]
        hold = data.get("hold")
        if record.type == "hold.expired" and record.recorded_at < hold["expires_at"]:
            yield f"record {record.sequence}: the hold expired early"
        if record.type != "hold.expired":
            for name in [name for name, moment in due.items() if moment <= record.recorded_at]:
                yield f"record {record.sequence}: {name} had run out by then, and still counted"
        last |= {(kind, each["id"]): each for kind, each in _resources(data)}
        if hold is not None:
            due.pop(hold["id"], None)
            if hold["expires_at"] and int(hold["remaining"]):
                due[hold["id"]] = hold["expires_at"]
            yield from _overspent(record.sequence, hold)
    expected = {key: (each["status"], each) for key, each in last.items()}
    if expected != ledger.resources:
        wrong = [key for key in expected if ledger.resources.get(key) != expected[key]]
        yield f"{wrong or 'others'} are not as their last records left them"


def _resources(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a record left of resources, each with its kind; a matter says its own."""
    yield from ((kind, data[kind]) for kind in ("hold", "transaction") if kind in data)
    if "matter" in data:
        yield data["matter"]["kind"], data["matter"]


def _overspent(sequence: int, hold: dict[str, Any]) -> Iterator[str]:
    amount, captured, released, expired, remaining = (
        int(hold[name]) for name in ("amount", "captured", "released", "expired", "remaining")
    )
    if captured + released + expired + remaining != amount:
        yield f"record {sequence}: a hold of {amount} went {captured}, {released}, {expired}"


def _chart(ledger: StoredLedger) -> Iterator[str]:
    expected: dict[int, tuple[str, str]] = {}
    for record in ledger.journal:
        data = record.said["data"]
        if record.type == "account.opened":
            expected[int(data["account"]["number"])] = (data["account"]["path"], "open")
        elif record.type in _STATUS:
            number = int(data["number"])
            expected[number] = (expected[number][0], _status(record))
    if expected != ledger.accounts:
        differing = sorted(set(expected.items()) ^ set(ledger.accounts.items()))
        yield f"the chart does not hold what follows from the journal: {differing[:4]}"
