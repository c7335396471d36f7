"""Events forwarded to a receiver, signed; events triggered in a sandbox."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from partita.engine.cloud_events import read_event
from partita.surfaces.cli.forwarding import Forwarder, key_of, new_secret
from partita.surfaces.triggering.acts import PLAYS
from tests.unit.surfaces.cli.conftest import CommandLine
from tests.unit.surfaces.cli.test_events import done, open_account

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """Takes what is posted to it, with the statuses it is told, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("location", "http://127.0.0.1:1/")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_said: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks?from=partita"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_events_are_forwarded_as_webhooks_bring_them(
    partita: CommandLine, receiver: Receiver
) -> None:
    standardwebhooks = pytest.importorskip("standardwebhooks")
    open_account(partita, "forwarded:a")
    said = done(partita(
        "listen", "--forward-to", receiver.url, "--after", "0", "--limit", "2", "--json",
    ))  # fmt: skip
    head, *lines = [json.loads(line) for line in said.out.splitlines()]
    listed = done(partita("events", "list", "--limit", "2", "--json")).json
    assert [json.loads(body) for _, body in receiver.got] == listed
    check = standardwebhooks.Webhook(head["secret"])
    for (headers, body), event in zip(receiver.got, listed, strict=True):
        assert headers["content-type"] == "application/cloudevents+json"
        assert headers["webhook-id"] == event["id"]
        check.verify(body, headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            check.verify(body.replace(b"main", b"maim"), headers)
    assert [(line["status"], line["tries"]) for line in lines] == [(200, 1), (200, 1)]
    assert [line["id"] for line in lines] == [event["id"] for event in listed]


def test_a_secret_may_be_brought_along_and_types_chosen(
    partita: CommandLine, receiver: Receiver
) -> None:
    open_account(partita, "forwarded:b")
    said = done(partita(
        "listen", "--forward-to", receiver.url, "--after", "0", "--limit", "1",
        "--secret", SECRET, "--type", "account.*",
    ))  # fmt: skip
    assert SECRET in said.err
    assert "account.opened" in said.out
    assert "-> 200" in said.out
    assert json.loads(receiver.got[0][1])["type"] == "dev.partita.account.opened.v1"


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_tried_again(receiver: Receiver, status: int) -> None:
    event = read_event(b'{"id":"evt_1","type":"t","subject":"s","sequence":"7"}')
    slept: list[float] = []
    receiver.statuses = [status, status]
    delivery = Forwarder(receiver.url, key_of(SECRET), sleep=slept.append).deliver(event)
    assert (delivery.status, delivery.tries, slept) == (200, 3, [0.5, 1.0])
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_in_the_end_it_is_left(receiver: Receiver) -> None:
    event = read_event(b'{"id":"evt_1","type":"t","subject":"s","sequence":"7"}')
    receiver.statuses = [500] * 9
    delivery = Forwarder(receiver.url, key_of(SECRET), sleep=lambda _: None).deliver(event)
    assert (delivery.status, delivery.tries, delivery.is_taken) == (500, 4, False)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        delivery = Forwarder(url, key_of(SECRET), sleep=lambda _: None).deliver(event)
    assert (delivery.status, delivery.tries) == (None, 4)
    assert "refused" in (delivery.error or "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--forward-to", "localhost:4242"),
        ("--forward-to", "http://localhost", "--secret", "secret"),
        ("--forward-to", "http://localhost", "--secret", "whsec_AAAA"),
        ("--forward-to", "http://localhost", "--limit", "0"),
        ("--forward-to", "http://localhost", "--type", "payment.setled"),
    ],
)
def test_what_makes_no_sense_is_refused(partita: CommandLine, arguments: tuple[str, ...]) -> None:
    assert partita("listen", *arguments).status == 2


def test_secrets_are_never_the_same_twice() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(key_of(new_secret())) == 32


def test_an_event_is_triggered_in_a_sandbox_alone(
    partita: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = partita("trigger", "payment.captured")
    assert (refused.status, "PARTITA_SANDBOX=yes" in refused.err) == (1, True)
    monkeypatch.setenv("PARTITA_SANDBOX", "yes")
    said = done(partita("trigger", "dev.partita.payment.captured.v1", "--json"))
    types = [json.loads(line)["type"] for line in said.out.splitlines()]
    assert "dev.partita.payment.captured.v1" in types
    assert "has happened" in done(partita("trigger", "account.frozen")).err
    assert done(partita.plain("trigger", "--list")).out.split() == sorted(PLAYS)
    unknown = partita("trigger", "payment.capturd")
    assert (unknown.status, "did you mean 'payment.captured'?" in unknown.err) == (2, True)
    assert partita("trigger").status == 2
