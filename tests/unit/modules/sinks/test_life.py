"""The life of a sink: every status and verb, what a change keeps, what is refused."""

from itertools import product

import pytest

from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code
from partita.modules.sinks.commands import (
    ArchiveSink,
    CreateSink,
    PauseSink,
    ResetSink,
    ResumeSink,
    UpdateSink,
)
from partita.modules.sinks.sink import (
    FACTS,
    TRANSITIONS,
    Sink,
    SinkStatus,
    SinkType,
    SinkVerb,
    consumer_of,
    read_sink,
)
from tests.plugins.steering import ask_one

ACTS: dict[SinkVerb, type[Act]] = {
    SinkVerb.UPDATE: UpdateSink,
    SinkVerb.PAUSE: PauseSink,
    SinkVerb.RESUME: ResumeSink,
    SinkVerb.RESET: ResetSink,
    SinkVerb.ARCHIVE: ArchiveSink,
}
WAYS: dict[SinkStatus, tuple[SinkVerb, ...]] = {
    SinkStatus.RUNNING: (),
    SinkStatus.PAUSED: (SinkVerb.PAUSE,),
    SinkStatus.ARCHIVED: (SinkVerb.ARCHIVE,),
}


def done(ledger: Ledger, act: Act) -> tuple[str, Matter, Sink]:
    """What a command became, which must be accepted."""
    outcome = ask_one(ledger, act)
    assert isinstance(outcome, Accepted), outcome
    event = outcome.record.event
    assert isinstance(event, MatterChanged)
    return event.type, event.matter, read_sink(event.matter.body)


def refused(ledger: Ledger, act: Act) -> tuple[Code, str | None]:
    """Why a command was refused, and where."""
    outcome = ask_one(ledger, act)
    assert isinstance(outcome, Refused), outcome
    return outcome.rejection.code, outcome.rejection.pointer


def created(ledger: Ledger, **fields: object) -> Matter:
    act = CreateSink(name="files", type=SinkType.FILE, where="events.ndjson", **fields)
    return done(ledger, act)[1]


def act_of(verb: SinkVerb, sink: str) -> Act:
    return ACTS[verb](sink=sink)


@pytest.mark.parametrize(("status", "verb"), list(product(SinkStatus, SinkVerb)))
def test_the_whole_table(ledger: Ledger, status: SinkStatus, verb: SinkVerb) -> None:
    sink = created(ledger).id
    for step in WAYS[status]:
        done(ledger, act_of(step, sink))
    after = TRANSITIONS.get((status, verb))
    if after is None:
        assert refused(ledger, act_of(verb, sink)) == (Code.INVALID_STATE, None)
    else:
        type_, matter, _sink = done(ledger, act_of(verb, sink))
        assert (type_, matter.status) == (FACTS[verb], after.value)


def test_a_reset_has_a_cursor_of_its_own(ledger: Ledger) -> None:
    """The old one may be moved by whoever still runs; it moves nothing that counts."""
    matter = created(ledger)
    before = read_sink(matter.body)
    _type, _matter, after = done(ledger, ResetSink(sink=matter.id, after=7))
    assert (after.epoch, after.after) == (2, 7)
    assert consumer_of(matter.id, before) != consumer_of(matter.id, after)


def test_a_change_keeps_the_rest(ledger: Ledger) -> None:
    sink = created(ledger, types=("payment.*",), description="for the auditors").id
    _type, _matter, after = done(ledger, UpdateSink(sink=sink, name="auditors", description=""))
    assert (after.name, after.description, after.types) == ("auditors", None, ("payment.*",))
    assert refused(ledger, UpdateSink(sink=sink, name="x", if_version=1))[0] is (
        Code.VERSION_CONFLICT
    )


@pytest.mark.parametrize(
    ("type_", "where"),
    [
        (SinkType.NATS, "nats://user:secret@broker:4222"),
        (SinkType.NATS, "http://broker:4222"),
        (SinkType.NATS, "nats://broker"),
        (SinkType.NATS, "nats://broker:4222/path"),
        (SinkType.KAFKA, "broker"),
        (SinkType.KAFKA, "broker:9092,"),
        (SinkType.KAFKA, "user@broker:9092"),
        (SinkType.FILE, "../events"),
        (SinkType.FILE, "/etc/passwd"),
        (SinkType.FILE, ".hidden"),
        (SinkType.FILE, "a/b"),
        (SinkType.FILE, ""),
    ],
)
def test_places_that_are_none(ledger: Ledger, type_: SinkType, where: str) -> None:
    act = CreateSink(name="x", type=type_, where=where)
    assert refused(ledger, act) == (Code.SINK_INVALID, "/where")


@pytest.mark.parametrize(
    ("type_", "where", "channel"),
    [
        (SinkType.NATS, "nats://broker:4222", "two.words"),
        (SinkType.NATS, "nats://broker:4222", "*"),
        (SinkType.KAFKA, "broker:9092", "a b"),
        (SinkType.FILE, "events", "any"),
    ],
)
def test_channels_that_are_none(ledger: Ledger, type_: SinkType, where: str, channel: str) -> None:
    act = CreateSink(name="x", type=type_, where=where, channel=channel)
    assert refused(ledger, act) == (Code.SINK_INVALID, "/channel")


def test_a_sink_that_nobody_knows(ledger: Ledger) -> None:
    unknown = PauseSink(sink="snk_01M7X7VGZ1ZXE6GBV5GAB4FQ0G")
    assert refused(ledger, unknown) == (Code.MATTER_NOT_FOUND, None)
