"""One checker for every fault: what was acknowledged is there once, the rest whole or not at all.

It holds what a test wished and heard (`history.py`) against the rows that PostgreSQL keeps
(`stored.py`), and the rows against each other (`soundness.py`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from partita.adapters.stores.postgres.store import PostgresStore
from partita.engine.idempotency import OPERATIONS
from partita.engine.verification import verify_ledger
from partita.journal.keys import key_digest
from partita.kernel import commands
from tests.faults import soundness
from tests.faults.history import Answer, History, Wished, refused
from tests.faults.stored import StoredLedger, StoredRecord


class Checker:
    """Checks one ledger, any number of times; its journal must only ever have grown meanwhile."""

    def __init__(self, dsn: str, history: History, ledger: str = "main") -> None:
        self.dsn, self._history, self._ledger = dsn, history, ledger
        self._roots: dict[int, bytes] = {}

    def problems(self) -> list[str]:
        """Everything that must not be, a sentence each."""
        ledger = StoredLedger.read(self.dsn, self._ledger)
        return [
            *self._history.contradictions,
            *soundness.problems(ledger),
            *self._rewritten(ledger),
            *_wrong_effects(ledger, self._history),
            *self._unverified(),
        ]

    def demand(self, *, settled: bool = True) -> None:
        """Fail with all problems; `settled` demands an answer for every wish as well."""
        found = self.problems()
        if settled:
            found += [f"{key} was never answered" for key in self._history.unanswered()]
        assert not found, "\n".join([f"{len(found)} problems:", *found[:20]])

    def _unverified(self) -> Iterator[str]:
        """What our own verifier says; two who were written apart must agree."""
        store = PostgresStore(self.dsn, self.dsn, connections=2)
        try:
            (info,) = (info for info in store.ledgers() if info.name == self._ledger)
            report = verify_ledger(store, info)
        finally:
            store.close()
        if not report.ok:
            yield f"the verifier: {report.first_bad}"

    def _rewritten(self, ledger: StoredLedger) -> Iterator[str]:
        """Each root seen earlier must still be the root of the journal's beginning."""
        leaves = [record.leaf for record in ledger.journal]
        for size, root in self._roots.items():
            if len(leaves) < size or soundness.merkle_root(leaves[:size]) != root:
                yield f"the journal does not begin with the {size} records of an earlier check"
        self._roots[len(leaves)] = ledger.head.root


def _wrong_effects(ledger: StoredLedger, history: History) -> Iterator[str]:
    written: dict[str, list[StoredRecord]] = defaultdict(list)
    for record in ledger.journal:
        if record.said["key"] is not None:
            written[record.said["key"]].append(record)
        elif record.type not in ("ledger.opened", "hold.expired"):
            yield f"nobody wished record {record.sequence}"
    for key in written.keys() - history.wishes.keys():
        yield f"nobody used the key {key}"
    digests = {_digest(key, wish): key for key, wish in history.wishes.items()}
    if unknown := ledger.outcomes.keys() - digests.keys():
        yield f"{len(unknown)} stored answers belong to no key"
    for key, wish in history.wishes.items():
        outcome = ledger.outcomes.get(_digest(key, wish))
        try:
            effect = _effect(key, wish, written[key], outcome)
        except AssertionError as error:
            yield f"{key}: {error}"
            continue
        answer = history.answers.get(key)
        if answer is not None and answer != effect:
            yield f"{key} was answered {answer}, stored is {effect}"


def _digest(key: str, wish: Wished) -> bytes:
    return key_digest(OPERATIONS[type(wish)], key)


def _effect(
    key: str, wish: Wished, records: Sequence[StoredRecord], outcome: dict[str, Any] | None
) -> Answer | None:
    """The answer that the stored rows give to a wish; None if nothing of it is there.

    Raises:
        AssertionError: it is there twice, in part, or not as it was wished.
    """
    if outcome is not None and outcome["refusal"] is not None:
        assert not records, "it is refused and recorded"
        return (refused(outcome["refusal"]["code"], outcome["index"]),)
    if isinstance(wish, commands.Bulk):
        return _effect_of_bulk(wish, records, outcome)
    assert outcome is None, "a single command has an answer of a bulk"
    assert len(records) <= 1, f"it is recorded {len(records)} times"
    if not records:
        return None
    assert records[0].key == _digest(key, wish), "its record is not found by its key"
    _check_as_wished(wish, records[0])
    return (records[0].id,)


def _effect_of_bulk(
    bulk: commands.Bulk, records: Sequence[StoredRecord], outcome: dict[str, Any] | None
) -> Answer | None:
    if outcome is None:
        assert not records, f"{len(records)} records of a bulk stand without its answer"
        return None
    by_place = {int(record.said["bulk"]): record for record in records}
    assert len(by_place) == len(records), "a command of the bulk is recorded twice"
    results = outcome["results"]
    assert len(results) == len(bulk.commands), "there is not one result for each command"
    accepted = {n: place for n, place in enumerate(results) if isinstance(place, int)}
    assert accepted == {n: record.sequence for n, record in by_place.items()}, "it is there in part"
    assert not bulk.atomic or len(accepted) == len(results), "an atomic bulk is there in part"
    for n, record in by_place.items():
        _check_as_wished(bulk.commands[n], record)
    return tuple(
        by_place[n].id if n in accepted else refused(result["code"])
        for n, result in enumerate(results)
    )


def _check_as_wished(wish: commands.Command, record: StoredRecord) -> None:
    data = record.said["data"]
    if isinstance(wish, commands.OpenAccount):
        assert record.type == "account.opened", f"its record is {record.type}"
        assert data["account"]["path"] == wish.path, "another account was opened"
        return
    kind, about = _RECORDED[type(wish)]
    assert record.type == kind, f"its record is {record.type}"
    if about is not None:
        named = getattr(wish, about, None) or record.id
        assert data[about]["id"] == named, f"it happened to {data[about]['id']}"
    if isinstance(wish, commands.PlaceHold):
        said = data["hold"]["account"], data["hold"]["amount"], data["hold"]["asset"]
        assert said == (wish.account, str(wish.amount), wish.asset), "another hold was placed"
    postings = getattr(wish, "postings", None)
    if postings is None:
        return
    wished = [(p.account, p.direction.value, str(p.amount), p.asset) for p in postings]
    field = "pending" if kind == "transaction.pended" else "amount"
    recorded = [(e["account"], e["direction"], e[field], e["asset"]) for e in data["entries"]]
    assert recorded[: len(wished)] == wished, "other postings were recorded"
    # The last leg of a capture is that of the hold's account, and nobody has to ask for it.
    assert len(recorded) - len(wished) == (kind == "hold.captured"), "more was recorded"


_RECORDED: dict[type, tuple[str, str | None]] = {
    commands.PostTransaction: ("transaction.posted", None),
    commands.PlaceHold: ("hold.placed", "hold"),
    commands.CaptureHold: ("hold.captured", "hold"),
    commands.ReleaseHold: ("hold.released", "hold"),
    commands.PendTransaction: ("transaction.pended", "transaction"),
    commands.SettleTransaction: ("transaction.settled", "transaction"),
    commands.ArchiveTransaction: ("transaction.archived", "transaction"),
    commands.ReverseTransaction: ("transaction.reversed", "transaction"),
}
"""What record each wish makes, and what it is about, under which name."""
