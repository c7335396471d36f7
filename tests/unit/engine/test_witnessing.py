"""What a witness vouched for is kept, asked for again, and stops whatever does not continue it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from partita.adapters.signers.file import FileSigner
from partita.adapters.stores.memory import MemoryStore
from partita.adapters.witnesses.cosigned_files import CosignedFiles
from partita.engine.contacting import Contacts, Parties
from partita.engine.errors import ReadOnly, WitnessUnavailable
from partita.engine.guarding import Guard
from partita.engine.log_ports import StoredCheckpoint
from partita.engine.notary import Notary, Seal
from partita.engine.outcome import StoredOutcome
from partita.engine.proving import Prover
from partita.engine.publishing import Publisher
from partita.engine.witness_ports import Witnessing, WitnessReply
from partita.journal.notes import Note
from partita.wiring import Application, FullStore
from tests.contracts.pen import Pen, filled, key, transfer
from tests.plugins.steering import NOON, SeededEntropy, StandingClock, ask_one
from tests.plugins.watching import NearWitness
from tests.unit.engine.bookkeeping import open_accounts, pay

SEAL = Seal(FileSigner(b"k" * 32))


class Side(NamedTuple):
    """One process's side of the log."""

    parties: Parties
    memory: CosignedFiles

    def contacts(self, witness: Any) -> Contacts:
        return Contacts(self.parties, witness)


def side(store: FullStore, folder: Path) -> Side:
    notary = Notary(store, SEAL, StandingClock())
    prover, memory = Prover(store, notary), CosignedFiles(folder)
    guard = Guard(store, prover, SEAL, memory)
    notary.check = guard.check
    return Side(Parties(store, prover, notary, guard, StandingClock()), memory)


@pytest.fixture
def pen(store: FullStore) -> Pen:
    return filled(store)


@pytest.fixture
def near(tmp_path: Path, pen: Pen) -> Iterator[NearWitness]:
    near = NearWitness(tmp_path / "witness", SEAL.verifier_key(pen.info))
    yield near
    near.memory.close()


@pytest.fixture
def ours(store: FullStore, pen: Pen, tmp_path: Path) -> Side:
    return side(store, tmp_path / "cosigned")


def signed(ours: Side, pen: Pen) -> StoredCheckpoint:
    made = ours.parties.notary.sign(pen.info)
    assert made is not None
    return made


def test_each_new_checkpoint_is_cosigned_and_kept(
    store: FullStore, pen: Pen, near: NearWitness, ours: Side
) -> None:
    contacts = ours.contacts(near)
    for count in (1, 5, 300):
        pen.later().write(*[transfer("users:a", "users:b")] * count)
        made = signed(ours, pen)
        vouched = contacts.make(pen.info)
        assert vouched is not None
        assert vouched.size == made.size == pen.head.sequence
        note = ours.parties.prover.note(pen.info, made)
        assert near.key in note.signers([near.key])
        last = ours.memory.last(SEAL.origin(pen.info))
        assert last is not None
        assert (last.note, last.answers) == (note.full(), made.frontier)
    assert near.asked == 3


def test_more_answers_of_the_same_size_are_cosigned_too(
    pen: Pen, near: NearWitness, ours: Side
) -> None:
    signed(ours, pen)
    contacts = ours.contacts(near)
    contacts.make(pen.info)
    for number in range(70, 75):
        pen.write(outcomes={key(number): StoredOutcome("f")})
        made = signed(ours, pen)
        contacts.make(pen.info)
        kept = near.memory.last(SEAL.origin(pen.info))
        assert kept == Note.parse(made.note)
    assert near.asked == 6


def test_another_process_begins_where_the_witness_is(
    store: FullStore, pen: Pen, near: NearWitness, ours: Side, tmp_path: Path
) -> None:
    signed(ours, pen)
    ours.contacts(near).make(pen.info)
    pen.later().write(transfer("users:a", "users:b"))
    elsewhere = side(store, tmp_path / "elsewhere")
    signed(elsewhere, pen)
    assert elsewhere.contacts(near).make(pen.info) is not None
    assert near.asked == 3  # its first question learns the size
    # The first process learns from the store that there is more, and shows that.
    assert ours.contacts(near).make(pen.info) is not None
    assert ours.parties.guard.verdict(pen.info) is None


def shorter() -> FullStore:
    """The same books as they were long ago: what a backup holds."""
    other = MemoryStore()
    filled(other)
    return other


def test_a_journal_that_lost_records_is_stopped_by_the_file(
    store: FullStore, pen: Pen, near: NearWitness, ours: Side, tmp_path: Path
) -> None:
    pen.later().write(*[transfer("users:a", "users:b")] * 9)
    size = signed(ours, pen).size
    ours.contacts(near).make(pen.info)
    back = side(shorter(), tmp_path / "cosigned")
    with pytest.raises(ReadOnly, match=f"has {size - 9} records, and {size} of its log"):
        back.parties.guard.check(pen.info)
    assert back.parties.guard.verdict(pen.info) is not None
    with pytest.raises(ReadOnly):
        back.parties.notary.sign(pen.info)
    asked = near.asked
    with pytest.raises(ReadOnly):
        back.contacts(near).make(pen.info)
    assert near.asked == asked


def test_a_journal_that_lost_records_is_stopped_by_the_witness(
    store: FullStore, pen: Pen, near: NearWitness, ours: Side, tmp_path: Path
) -> None:
    pen.later().write(*[transfer("users:a", "users:b")] * 9)
    size = signed(ours, pen).size
    ours.contacts(near).make(pen.info)
    back = side(shorter(), tmp_path / "put back too")
    back.parties.guard.check(pen.info)
    signed(back, pen)
    with pytest.raises(ReadOnly, match=f"audit.example has cosigned {size} of its log"):
        back.contacts(near).make(pen.info)
    assert back.parties.guard.verdict(pen.info) is not None


@pytest.mark.parametrize("remembers", [True, False])
@pytest.mark.parametrize("more", [0, 1, 40])
def test_another_history_is_stopped(
    pen: Pen, near: NearWitness, ours: Side, tmp_path: Path, remembers: bool, more: int
) -> None:
    pen.later().write(*[transfer("users:a", "users:b")] * 9)
    signed(ours, pen)
    ours.contacts(near).make(pen.info)
    store = MemoryStore()
    other = filled(store).later()
    other.write(*[transfer("users:b", "users:a")] * (9 + more))
    back = side(store, tmp_path / ("cosigned" if remembers else "forgotten"))
    if not remembers:
        signed(back, other)
    with pytest.raises(ReadOnly, match="was cosigned" if remembers else "knows"):
        back.contacts(near).make(pen.info)


@pytest.mark.parametrize("remembers", [True, False])
def test_other_stored_answers_are_stopped(
    pen: Pen, near: NearWitness, ours: Side, tmp_path: Path, remembers: bool
) -> None:
    pen.write(outcomes={key(n): StoredOutcome("f") for n in range(3)})
    signed(ours, pen)
    ours.contacts(near).make(pen.info)
    store = MemoryStore()
    other = filled(store)
    other.write(outcomes={key(n): StoredOutcome("g") for n in range(3)})
    back = side(store, tmp_path / ("cosigned" if remembers else "forgotten"))
    if not remembers:
        signed(back, other)
    with pytest.raises(ReadOnly, match="stored answers" if remembers else "records or answers"):
        back.contacts(near).make(pen.info)


@pytest.mark.parametrize("text", ["", "{}", '{"note":"x","answers":""}', '{"note":"x\\n"}'])
def test_a_file_that_cannot_be_read_stops_too(
    pen: Pen, near: NearWitness, ours: Side, text: str
) -> None:
    signed(ours, pen)
    ours.contacts(near).make(pen.info)
    ours.memory.file(SEAL.origin(pen.info)).write_text(text)
    with pytest.raises(ReadOnly, match="read-only"):
        ours.parties.guard.check(pen.info)


class Odd:
    """A witness that answers whatever a test wants."""

    def __init__(self, near: NearWitness, *answers: tuple[int, str]) -> None:
        self.url, self.key, self._answers = "near:odd", near.key, list(answers)

    def add_checkpoint(self, _contact: object) -> WitnessReply:
        return WitnessReply(*(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]))


@pytest.mark.parametrize(
    "answer",
    [(200, ""), (200, "ok\n"), (200, "— audit.example AAAA\n"), (409, "x\n"), (409, ""), (404, "?"),
     (403, "no"), (500, "oh")],
)  # fmt: skip
def test_what_makes_no_sense_stops_nobody(
    store: FullStore, pen: Pen, near: NearWitness, ours: Side, answer: tuple[int, str]
) -> None:
    made = signed(ours, pen)
    with pytest.raises(WitnessUnavailable):
        ours.contacts(Odd(near, answer)).make(pen.info)
    assert ours.parties.guard.verdict(pen.info) is None
    assert store.cosignatures(pen.info, *made.place) == []


def test_a_witness_that_always_tells_another_size_is_left(
    pen: Pen, near: NearWitness, ours: Side
) -> None:
    signed(ours, pen)
    sizes = [(409, f"{size}\n") for size in (5, 6, 7, 8, 9, 10, 11, 12)]
    with pytest.raises(WitnessUnavailable, match="another size each time"):
        ours.contacts(Odd(near, *sizes)).make(pen.info)


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)


@pytest.fixture
def watched(store: FullStore, tmp_path: Path) -> Iterator[tuple[Application, NearWitness]]:
    clock = StandingClock(step_microseconds=1)
    application = Application(store, pepper=b"p" * 32, clock=clock, entropy=SeededEntropy())
    info = store.create_ledger("main", NOON)
    near = NearWitness(tmp_path / "witness", application.notary.seal.verifier_key(info))
    application.watched_by(Witnessing([near], CosignedFiles(tmp_path / "cosigned")))
    open_accounts(application.open_ledger("main"), ("a", "b"))
    yield application, near
    for ledger in application.open_ledgers():
        ledger.close()
    application.notary.close()
    application.publisher.close()
    near.memory.close()


def test_a_ledger_goes_on_while_its_witness_is_away(
    watched: tuple[Application, NearWitness],
) -> None:
    application, near = watched
    ledger, near.is_away = application.ledger(), True
    application.publisher.start(patience_seconds=0.1)
    started = time.monotonic()
    for _ in range(20):
        ask_one(ledger, pay("a", "b", 1))
    assert time.monotonic() - started < 10
    until(lambda: bool(application.publisher.standings()))
    assert "away" in str(application.publisher.standings()[0].problem)
    near.is_away = False
    size = application.store.head(ledger.info).sequence

    def is_vouched() -> bool:
        standing = application.publisher.standings()[0]
        return standing.vouched is not None and standing.vouched.size == size

    until(is_vouched)
    assert application.publisher.standings()[0].problem is None


def test_what_is_stopped_takes_no_writes_and_is_read(
    watched: tuple[Application, NearWitness],
) -> None:
    application, _near = watched
    ledger = application.ledger()
    application.notary.sign(ledger.info)
    application.publisher.start()
    until(lambda: application.guard.last(ledger.info) is not None)
    ledger_head = application.store.head(ledger.info)
    application.guard.stop(ledger.info, "a test wants it")
    with pytest.raises(ReadOnly, match="a test wants it"):
        ask_one(ledger, pay("a", "b", 1))
    assert application.store.head(ledger.info) == ledger_head


def test_a_quiet_log_is_shown_again(
    watched: tuple[Application, NearWitness], monkeypatch: pytest.MonkeyPatch
) -> None:
    application, near = watched
    monkeypatch.setattr("partita.engine.publishing.HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr("partita.engine.publishing.PUSH_SECONDS", 0.01)
    application.notary.sign(application.ledger().info)
    application.publisher.start()
    until(lambda: near.asked >= 4)


def test_publishing_without_witnesses_costs_no_thread(store: FullStore, pen: Pen) -> None:
    publisher = Publisher(side(store, Path("/nowhere")).parties, store, [])
    publisher.start()
    publisher.signed(pen.info)
    publisher.close()
    assert publisher.standings() == []


def test_an_older_checkpoint_does_not_take_the_place_of_a_newer(
    pen: Pen, near: NearWitness, ours: Side
) -> None:
    old = signed(ours, pen)
    pen.later().write(transfer("users:a", "users:b"))
    signed(ours, pen)
    ours.contacts(near).make(pen.info)
    last = ours.memory.last(SEAL.origin(pen.info))
    ours.parties.guard.remember(pen.info, old, Note.parse(old.note))
    assert ours.memory.last(SEAL.origin(pen.info)) == last
