"""How endpoints are made, changed, switched and put away: by the table in `endpoint.py`."""

import re
from typing import Any

import msgspec

from partita.engine.business import Deciders, Desk, Steps
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.webhooks.commands import (
    ArchiveEndpoint,
    CreateEndpoint,
    DisableEndpoint,
    EnableEndpoint,
    RotateSecret,
    TryEndpoint,
    UpdateEndpoint,
)
from partita.modules.webhooks.endpoint import (
    CREATED,
    FACTS,
    KIND,
    LONGEST_OVERLAP_SECONDS,
    PREFIX,
    TRANSITIONS,
    Endpoint,
    EndpointStatus,
    EndpointVerb,
    allowed_verbs,
    endpoint_body,
    read_endpoint,
)
from partita.modules.webhooks.targets import check_url

MOST_TYPES = 100
_TYPE = re.compile(r"\*|[a-z]+(_[a-z]+)*\.(\*|[a-z]+(_[a-z]+)*)", re.ASCII)
_CHANGEABLE = ("url", "types", "description", "scheme", "order", "api_version")


def create(desk: Desk, command: CreateEndpoint) -> Steps:
    """A new endpoint, enabled."""
    wrong = _unsound(command.url, command.types)
    if wrong is not None:
        return wrong
    made = Endpoint(
        url=command.url,
        types=command.types,
        description=command.description or None,
        scheme=command.scheme,
        order=command.order,
        api_version=command.api_version,
        after=command.after,
        enabled_at=desk.now,
    )
    yield ChangeMatter(
        type=CREATED, kind=KIND, prefix=PREFIX, status=EndpointStatus.ENABLED.value,
        body=endpoint_body(made),
    )  # fmt: skip
    return None


def update(desk: Desk, command: UpdateEndpoint) -> Steps:
    """What is given is changed."""
    found = _endpoint(desk, command.endpoint, EndpointVerb.UPDATE)
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
    wrong = _unsound(after.url, after.types)
    if wrong is not None:
        return wrong
    yield _change(matter, EndpointVerb.UPDATE, after)
    return None


def rotate_secret(desk: Desk, command: RotateSecret) -> Steps:
    """A new generation of the secret."""
    found = _endpoint(desk, command.endpoint, EndpointVerb.ROTATE_SECRET)
    if isinstance(found, Rejection):
        return found
    seconds = command.overlap_seconds
    if not 0 <= seconds <= LONGEST_OVERLAP_SECONDS:
        detail = f"An overlap is 0 to {LONGEST_OVERLAP_SECONDS} seconds, not {seconds}."
        return Rejection(Code.INVALID_EXPIRY, detail, "/overlap_seconds")
    matter, before = found
    yield _change(matter, EndpointVerb.ROTATE_SECRET, before.rotated(desk.now, seconds))
    return None


def try_out(desk: Desk, command: TryEndpoint) -> Steps:
    """An event for this endpoint alone; nothing is changed."""
    found = _endpoint(desk, command.endpoint, EndpointVerb.TEST)
    if isinstance(found, Rejection):
        return found
    yield _change(found[0], EndpointVerb.TEST, found[1])
    return None


def enable(desk: Desk, command: EnableEndpoint) -> Steps:
    """Events are brought again; how long it failed before does not count any more."""
    found = _endpoint(desk, command.endpoint, EndpointVerb.ENABLE)
    if isinstance(found, Rejection):
        return found
    matter, before = found
    after = msgspec.structs.replace(before, enabled_at=desk.now, disabled_because=None)
    yield _change(matter, EndpointVerb.ENABLE, after, command.reason)
    return None


def disable(desk: Desk, command: DisableEndpoint) -> Steps:
    """Nothing is brought any more."""
    found = _endpoint(desk, command.endpoint, EndpointVerb.DISABLE)
    if isinstance(found, Rejection):
        return found
    matter, before = found
    after = msgspec.structs.replace(before, disabled_because=command.reason)
    yield _change(matter, EndpointVerb.DISABLE, after, command.reason)
    return None


def archive(desk: Desk, command: ArchiveEndpoint) -> Steps:
    """It is over."""
    found = _endpoint(desk, command.endpoint, EndpointVerb.ARCHIVE)
    if isinstance(found, Rejection):
        return found
    yield _change(found[0], EndpointVerb.ARCHIVE, found[1], command.reason)
    return None


def _endpoint(
    desk: Desk, identifier: str, verb: EndpointVerb
) -> tuple[Matter, Endpoint] | Rejection:
    """The endpoint, if that may be done with it."""
    matter = desk.matter(KIND, identifier)
    if matter is None:
        detail = f"There is no webhook endpoint {identifier!r} in this ledger."
        return Rejection(Code.MATTER_NOT_FOUND, detail)
    status = EndpointStatus(matter.status)
    if (status, verb) not in TRANSITIONS:
        actions = ",".join(each.value for each in allowed_verbs(status))
        facts = {"status": status.value, "allowed_actions": actions}
        what = verb.value.replace("_", " ")
        detail = f"The webhook endpoint {matter.id} is {status.value}: it cannot be told to {what}."
        return Rejection(Code.INVALID_STATE, detail, None, facts)
    return matter, read_endpoint(matter.body)


def _unsound(url: str, types: tuple[str, ...]) -> Rejection | None:
    """Why an endpoint cannot have this address or these types."""
    objection = check_url(url)
    if objection is not None:
        return Rejection(Code.WEBHOOK_INVALID, f"The URL cannot be used: {objection}.", "/url")
    if len(types) > MOST_TYPES:
        detail = f"There are {len(types)} types; an endpoint has {MOST_TYPES} at most."
        return Rejection(Code.WEBHOOK_INVALID, detail, "/types")
    for place, text in enumerate(types):
        if _TYPE.fullmatch(text) is None:
            detail = f"{text[:80]!r} is no type of event; write one like payment.settled, payment.*"
            return Rejection(Code.WEBHOOK_INVALID, f"{detail}.", f"/types/{place}")
    return None


def _change(
    matter: Matter, verb: EndpointVerb, after: Endpoint, reason: str | None = None
) -> ChangeMatter:
    status = TRANSITIONS[EndpointStatus(matter.status), verb]
    return ChangeMatter(
        type=FACTS[verb], kind=KIND, id=matter.id, status=status.value,
        body=endpoint_body(after), reason=reason,
    )  # fmt: skip


DECIDERS: Deciders = {
    CreateEndpoint: create,
    UpdateEndpoint: update,
    RotateSecret: rotate_secret,
    TryEndpoint: try_out,
    EnableEndpoint: enable,
    DisableEndpoint: disable,
    ArchiveEndpoint: archive,
}
"""How each command about endpoints is decided."""
