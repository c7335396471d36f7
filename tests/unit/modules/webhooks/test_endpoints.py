"""The life of an endpoint: every status and verb, what a change keeps, what is refused."""

from itertools import product

import pytest

from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code
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
    FACTS,
    TRANSITIONS,
    Endpoint,
    EndpointStatus,
    EndpointVerb,
    Order,
    Scheme,
    read_endpoint,
)
from tests.plugins.steering import ask_one

URL = "https://example.com/hook"
ACTS: dict[EndpointVerb, type[Act]] = {
    EndpointVerb.UPDATE: UpdateEndpoint,
    EndpointVerb.ROTATE_SECRET: RotateSecret,
    EndpointVerb.TEST: TryEndpoint,
    EndpointVerb.ENABLE: EnableEndpoint,
    EndpointVerb.DISABLE: DisableEndpoint,
    EndpointVerb.ARCHIVE: ArchiveEndpoint,
}
WAYS: dict[EndpointStatus, tuple[EndpointVerb, ...]] = {
    EndpointStatus.ENABLED: (),
    EndpointStatus.DISABLED: (EndpointVerb.DISABLE,),
    EndpointStatus.ARCHIVED: (EndpointVerb.ARCHIVE,),
}


def done(ledger: Ledger, act: Act) -> tuple[str, Matter, Endpoint]:
    """What a command became, which must be accepted."""
    outcome = ask_one(ledger, act)
    assert isinstance(outcome, Accepted), outcome
    event = outcome.record.event
    assert isinstance(event, MatterChanged)
    return event.type, event.matter, read_endpoint(event.matter.body)


def refused(ledger: Ledger, act: Act) -> tuple[Code, str | None]:
    """Why a command was refused, and where."""
    outcome = ask_one(ledger, act)
    assert isinstance(outcome, Refused), outcome
    return outcome.rejection.code, outcome.rejection.pointer


def made(ledger: Ledger, status: EndpointStatus = EndpointStatus.ENABLED) -> Matter:
    """A new endpoint, brought to a status."""
    matter = done(ledger, CreateEndpoint(url=URL))[1]
    for verb in WAYS[status]:
        matter = done(ledger, ACTS[verb](endpoint=matter.id))[1]  # type: ignore[call-arg]
    assert matter.status == status.value
    return matter


@pytest.mark.parametrize(("status", "verb"), list(product(EndpointStatus, EndpointVerb)))
def test_every_verb_in_every_status(
    ledger: Ledger, status: EndpointStatus, verb: EndpointVerb
) -> None:
    before = made(ledger, status)
    act = ACTS[verb](endpoint=before.id)  # type: ignore[call-arg]
    if (status, verb) not in TRANSITIONS:
        assert refused(ledger, act)[0] is Code.INVALID_STATE
        return
    type_, after, _ = done(ledger, act)
    assert (type_, after.status) == (FACTS[verb], TRANSITIONS[status, verb].value)
    assert after.version == before.version + 1


def test_an_update_changes_what_is_given_and_keeps_the_rest(ledger: Ledger) -> None:
    matter = done(ledger, CreateEndpoint(url=URL, types=("payment.*",), description="old"))[1]
    _, matter, after = done(ledger, UpdateEndpoint(endpoint=matter.id, order=Order.STRICT))
    assert (after.url, after.types, after.description) == (URL, ("payment.*",), "old")
    assert after.order is Order.STRICT
    _, _, after = done(
        ledger,
        UpdateEndpoint(endpoint=matter.id, types=(), description="", scheme=Scheme.BOTH),
    )
    assert (after.types, after.description, after.scheme) == ((), None, Scheme.BOTH)
    assert after.order is Order.STRICT


def test_an_update_of_another_version_is_refused(ledger: Ledger) -> None:
    matter = made(ledger)
    act = UpdateEndpoint(endpoint=matter.id, url="https://example.org", if_version=2)
    assert refused(ledger, act)[0] is Code.VERSION_CONFLICT
    done(ledger, UpdateEndpoint(endpoint=matter.id, url="https://example.org", if_version=1))


@pytest.mark.parametrize(
    ("url", "types", "pointer"),
    [
        ("ftp://example.com", (), "/url"),
        ("https://user:secret@example.com", (), "/url"),
        (URL, ("payment.settled", "Payment.Settled"), "/types/1"),
        (URL, ("payment",), "/types/0"),
        (URL, ("*",) * 101, "/types"),
    ],
)
def test_what_cannot_be_brought_anywhere(
    ledger: Ledger, url: str, types: tuple[str, ...], pointer: str
) -> None:
    assert refused(ledger, CreateEndpoint(url=url, types=types)) == (Code.WEBHOOK_INVALID, pointer)
    before = made(ledger)
    act = UpdateEndpoint(endpoint=before.id, url=url, types=types)
    assert refused(ledger, act) == (Code.WEBHOOK_INVALID, pointer)


def test_a_rotation_raises_the_generation_and_no_secret_is_in_the_journal(ledger: Ledger) -> None:
    matter = made(ledger)
    _, matter, after = done(ledger, RotateSecret(endpoint=matter.id, overlap_seconds=60))
    assert (after.generation, [each.generation for each in after.retiring]) == (2, [1])
    assert "whsec" not in matter.body
    for seconds in (-1, 604_801):
        act = RotateSecret(endpoint=matter.id, overlap_seconds=seconds)
        assert refused(ledger, act) == (Code.INVALID_EXPIRY, "/overlap_seconds")


def test_why_it_was_disabled_is_kept_until_it_is_enabled(ledger: Ledger) -> None:
    matter = made(ledger)
    assert done(ledger, DisableEndpoint(endpoint=matter.id, reason="gone"))[2].disabled_because
    after = done(ledger, EnableEndpoint(endpoint=matter.id))[2]
    assert after.disabled_because is None


def test_there_must_be_one(ledger: Ledger) -> None:
    act = EnableEndpoint(endpoint="whe_01M7W7N0R2QFH4PZWZ85JVAPF2")
    assert refused(ledger, act)[0] is Code.MATTER_NOT_FOUND
