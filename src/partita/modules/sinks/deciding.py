"""How sinks are made, changed, switched, set back and put away: by the table in `sink.py`."""

from typing import Any

import msgspec

from partita.engine.business import Deciders, Desk, Steps
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.sinks.addresses import check_channel, hosts_of
from partita.modules.sinks.commands import (
    ArchiveSink,
    CreateSink,
    PauseSink,
    ResetSink,
    ResumeSink,
    UpdateSink,
)
from partita.modules.sinks.sink import (
    CREATED,
    FACTS,
    KIND,
    PREFIX,
    TRANSITIONS,
    Sink,
    SinkStatus,
    SinkVerb,
    allowed_verbs,
    read_sink,
    sink_body,
)

_CHANGEABLE = ("name", "where", "types", "description")


def create(_desk: Desk, command: CreateSink) -> Steps:
    """A new sink, running."""
    given = {name: getattr(command, name) for name in Sink.__struct_fields__ if name != "epoch"}
    made = Sink(**given | {"description": command.description or None})
    wrong = _unsound(made)
    if wrong is not None:
        return wrong
    yield ChangeMatter(
        type=CREATED, kind=KIND, prefix=PREFIX, status=SinkStatus.RUNNING.value,
        body=sink_body(made),
    )  # fmt: skip
    return None


def update(desk: Desk, command: UpdateSink) -> Steps:
    """What is given is changed."""
    found = _sink(desk, command.sink, SinkVerb.UPDATE)
    if isinstance(found, Rejection):
        return found
    matter, before = found
    if command.if_version not in (None, matter.version):
        detail = f"{matter.id} is at version {matter.version}, not {command.if_version}."
        return Rejection(Code.VERSION_CONFLICT, detail, None, {"version": str(matter.version)})
    given = {name: getattr(command, name) for name in _CHANGEABLE}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    after = msgspec.structs.replace(before, **changes)
    after = msgspec.structs.replace(after, description=after.description or None)
    wrong = _unsound(after)
    if wrong is not None:
        return wrong
    yield _change(matter, SinkVerb.UPDATE, after)
    return None


def pause(desk: Desk, command: PauseSink) -> Steps:
    """Nothing is sent for now."""
    return (yield from _switched(desk, command, SinkVerb.PAUSE))


def resume(desk: Desk, command: ResumeSink) -> Steps:
    """It goes on where it stopped."""
    return (yield from _switched(desk, command, SinkVerb.RESUME))


def archive(desk: Desk, command: ArchiveSink) -> Steps:
    """It is over."""
    return (yield from _switched(desk, command, SinkVerb.ARCHIVE))


def reset(desk: Desk, command: ResetSink) -> Steps:
    """It goes on elsewhere, by a cursor of its own."""
    found = _sink(desk, command.sink, SinkVerb.RESET)
    if isinstance(found, Rejection):
        return found
    matter, before = found
    after = msgspec.structs.replace(before, after=command.after, epoch=before.epoch + 1)
    yield _change(matter, SinkVerb.RESET, after, command.reason)
    return None


def _switched(desk: Desk, command: PauseSink | ResumeSink | ArchiveSink, verb: SinkVerb) -> Steps:
    found = _sink(desk, command.sink, verb)
    if isinstance(found, Rejection):
        return found
    matter, kept = found
    yield _change(matter, verb, kept, command.reason)
    return None


def _sink(desk: Desk, identifier: str, verb: SinkVerb) -> tuple[Matter, Sink] | Rejection:
    """The sink, if that may be done with it."""
    matter = desk.matter(KIND, identifier)
    if matter is None:
        return Rejection(Code.MATTER_NOT_FOUND, f"There is no sink {identifier!r} in this ledger.")
    status = SinkStatus(matter.status)
    if (status, verb) not in TRANSITIONS:
        actions = ",".join(each.value for each in allowed_verbs(status))
        facts = {"status": status.value, "allowed_actions": actions}
        detail = f"The sink {matter.id} is {status.value}: it cannot be told to {verb.value}."
        return Rejection(Code.INVALID_STATE, detail, None, facts)
    return matter, read_sink(matter.body)


def _unsound(sink: Sink) -> Rejection | None:
    """Why a sink cannot be like that."""
    field = "where"
    try:
        hosts_of(sink.type, sink.where)
        field = "channel"
        if sink.channel is not None:
            check_channel(sink.type, sink.channel)
    except ValueError as error:
        return Rejection(Code.SINK_INVALID, f"This cannot be used: {error}.", f"/{field}")
    return None


def _change(matter: Matter, verb: SinkVerb, after: Sink, reason: str | None = None) -> ChangeMatter:
    status = TRANSITIONS[SinkStatus(matter.status), verb]
    return ChangeMatter(
        type=FACTS[verb], kind=KIND, id=matter.id, status=status.value, body=sink_body(after),
        reason=reason,
    )  # fmt: skip


DECIDERS: Deciders = {
    CreateSink: create,
    UpdateSink: update,
    PauseSink: pause,
    ResumeSink: resume,
    ResetSink: reset,
    ArchiveSink: archive,
}
"""How each command about sinks is decided."""
