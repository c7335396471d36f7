"""Settings: what is given goes before the environment, also where the two name different stores."""

from pathlib import Path

import pytest

from partita.config import VARIABLES, Settings, from_environment
from partita.journal.notes import SignatureKind, VerifierKey

WITNESS, OTHER = (
    VerifierKey(name, SignatureKind.WITNESS, b"w" * 32).text()
    for name in ("w.example", "x.example")
)
LOG = VerifierKey("log.example/main", SignatureKind.LOG, b"l" * 32).text()
URL = "postgresql://somewhere/books"


def test_nothing_given_is_the_default() -> None:
    assert from_environment({}) == Settings()


def test_the_environment_gives_what_it_may() -> None:
    texts = {name: f"/{field}" for field, name in VARIABLES.items()}
    texts |= {
        "PARTITA_EXPORT_DAYS": "30",
        "PARTITA_CONNECTIONS": "3",
        "PARTITA_LOG_NAME": "books.example.com/a",
    }
    texts |= {"PARTITA_ALLOW_UNSAFE_DURABILITY": "money may be lost"}
    texts |= {"PARTITA_SANDBOX": "yes", "PARTITA_WEBHOOK_ALLOW_PRIVATE": "yes"}
    texts |= {"PARTITA_WEBHOOK_RETENTION_DAYS": "7", "PARTITA_SINK_HOSTS": "a:4222, [::1]:9092"}
    texts |= {"PARTITA_WITNESSES": f"http://w:1/ {WITNESS}, https://x/y {OTHER}"}
    given = from_environment(texts)
    assert [each.url for each in given.witnesses] == ["http://w:1", "https://x/y"]
    assert [each.key.text() for each in given.witnesses] == [WITNESS, OTHER]
    assert (given.connections, given.allow_unsafe_durability) == (3, True)
    assert given.sandbox
    assert given.sink_hosts == ("a:4222", "[::1]:9092")
    assert (given.webhook_allow_private, given.webhook_retention_days) == (True, 7)
    assert (str(given.data), given.database_url) == ("/data", "/database_url")
    assert (given.owner_url, given.secret) == ("/owner_url", "/secret")
    assert (str(given.exports), given.export_days) == ("/exports", 30)
    assert (str(given.log_key), given.log_name) == ("/log_key", "books.example.com/a")


@pytest.mark.parametrize("name", ["https://a.example", "a b", "a+b", "/a", "a/", "", "Ä", "a\n"])
def test_a_log_name_that_cannot_name_a_key_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="PARTITA_LOG_NAME"):
        from_environment({}, log_name=name)


@pytest.mark.parametrize(
    "text",
    [
        "http://w:1",
        f"w:1 {WITNESS}",
        f"ftp://w {WITNESS}",
        f"http://me@w {WITNESS}",
        f"http://w/?a {WITNESS}",
        f"http://w {LOG}",
        f"http://w {WITNESS[:-1]}",
        f"http://w {WITNESS}, http://v {WITNESS}",
        f"http://w {WITNESS},",
    ],
)
def test_a_witness_has_an_address_and_a_key(text: str) -> None:
    with pytest.raises(ValueError, match="PARTITA_WITNESSES"):
        from_environment({"PARTITA_WITNESSES": text})


def test_what_is_given_goes_before_the_environment() -> None:
    given = from_environment({"PARTITA_DATA": "/a", "PARTITA_DATABASE_URL": URL}, database_url="b")
    assert (given.data, given.database_url) == (Path("/a"), "b")


def test_a_folder_that_is_given_goes_before_a_url_of_the_environment() -> None:
    assert from_environment({"PARTITA_DATABASE_URL": URL}, data="books").database_url is None


def test_a_folder_of_the_environment_does_not() -> None:
    environment = {"PARTITA_DATABASE_URL": URL, "PARTITA_DATA": "/a"}
    assert from_environment(environment).database_url == URL


def test_unsafe_durability_must_be_asked_for_in_so_many_words() -> None:
    with pytest.raises(ValueError, match="money may be lost"):
        from_environment({"PARTITA_ALLOW_UNSAFE_DURABILITY": "yes"})
    asked = from_environment({"PARTITA_ALLOW_UNSAFE_DURABILITY": "money may be lost"})
    assert asked.allow_unsafe_durability


@pytest.mark.parametrize("text", ["0", "-1", "ten", "1.5"])
def test_connections_are_a_positive_count(text: str) -> None:
    with pytest.raises(ValueError, match="PARTITA_CONNECTIONS"):
        from_environment({"PARTITA_CONNECTIONS": text})


@pytest.mark.parametrize("text", ["maybe", "1", "true", "on"])
def test_a_sandbox_is_said_with_yes_or_no(text: str) -> None:
    assert not from_environment({"PARTITA_SANDBOX": "no"}).sandbox
    with pytest.raises(ValueError, match="PARTITA_SANDBOX"):
        from_environment({"PARTITA_SANDBOX": text})
