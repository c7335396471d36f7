"""The schema registry: schemas under subjects, the same id again, and what is said when it says no."""

from collections.abc import Iterator
from typing import Any

import pytest

from partita.adapters.publishers.schema_registry import ConfluentRegistry
from partita.engine.event_schemas.publishing import (
    RegistryRefused,
    RegistryUnreachable,
    publish,
)
from partita.engine.event_schemas.shelf import published
from tests.unit.adapters.publishers.registry import Registry, serving

SUBJECT = "dev.partita.payment.settled.v1"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving(Registry()) as there:
        yield there


@pytest.fixture
def client(registry: Registry) -> Iterator[ConfluentRegistry]:
    made = ConfluentRegistry(registry.url)
    yield made
    made.close()


def test_every_schema_has_a_subject_of_its_own(
    registry: Registry, client: ConfluentRegistry
) -> None:
    names = published().names
    done = list(publish(published(), client, names))
    assert [each.subject for each in done] == [f"dev.partita.{name}" for name in names]
    assert registry.subjects[SUBJECT] == [published().read("payment.settled.v1").decode()]
    assert {each.id for each in done} == set(registry.ids.values())


def test_told_again_it_is_the_same(registry: Registry, client: ConfluentRegistry) -> None:
    first, second = (
        list(publish(published(), client, ["payment.settled.v1"])) for _again in range(2)
    )
    assert first == second
    assert len(registry.subjects[SUBJECT]) == 1


def test_a_registry_that_checks_is_told_not_to(registry: Registry) -> None:
    """By its own rule what we add breaks; so the level of our subjects is set first, if asked for."""
    client = ConfluentRegistry(registry.url)
    client.register(SUBJECT, "{}")
    with pytest.raises(RegistryRefused, match="409 PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"):
        client.register(SUBJECT, '{"title": "more"}')
    client.close()
    steered = ConfluentRegistry(registry.url, compatibility="NONE")
    steered.register(SUBJECT, '{"title": "more"}')
    steered.close()
    assert registry.levels == {SUBJECT: "NONE"}
    assert len(registry.subjects[SUBJECT]) == 2


def test_the_login_is_sent(registry: Registry, client: ConfluentRegistry) -> None:
    registry.login = "us:er:word"
    with pytest.raises(RegistryRefused, match="401, 401 Unauthorized"):
        client.register(SUBJECT, "{}")
    knowing = ConfluentRegistry(registry.url, login="us:er:word")
    assert knowing.register(SUBJECT, "{}") == 1
    knowing.close()


def test_a_subject_is_one_step_of_the_path(registry: Registry, client: ConfluentRegistry) -> None:
    client.register("a/b ü", "{}")
    assert list(registry.subjects) == ["a/b ü"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_work_later_says_so(
    status: int, registry: Registry, client: ConfluentRegistry
) -> None:
    registry.answers = [(status, {"error_code": 50003, "message": "Error while forwarding"})]
    with pytest.raises(RegistryUnreachable, match="50003 Error while forwarding") as found:
        client.register(SUBJECT, "{}")
    assert found.value.retryable
    assert client.register(SUBJECT, "{}") == 1


@pytest.mark.parametrize(
    ("status", "told", "says"),
    [
        (422, {"error_code": 42201, "message": "Invalid schema"}, "42201 Invalid schema"),
        (404, b"<html>no registry</html>", "404 <html>no registry"),
        (302, {}, "302"),
        (200, b"<html>a page</html>", "is answered by no registry"),
        (200, {"version": 1}, "told no id"),
        (200, ["id"], "told no id"),
    ],
)
def test_what_will_not_work_says_why(
    status: int, told: Any, says: str, registry: Registry, client: ConfluentRegistry
) -> None:
    registry.answers = [(status, told)]
    with pytest.raises(RegistryRefused, match=says):
        client.register(SUBJECT, "{}")


def test_nobody_there_is_said_with_the_address() -> None:
    client = ConfluentRegistry("http://127.0.0.1:1")
    with pytest.raises(RegistryUnreachable, match=r"http://127\.0\.0\.1:1/subjects/a/versions"):
        client.register("a", "{}")
    client.close()
