"""The witness over HTTP: the protocol's words, and bounds on what strangers can cost."""

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from partita.surfaces.witness import serving
from partita.surfaces.witness.cosigning import Witness
from partita.surfaces.witness.serving import MOST_BYTES, WitnessServer
from tests.unit.surfaces.witness.conftest import PlainLog

PATH = "/add-checkpoint"


@pytest.fixture
def server(witness: Witness) -> Iterator[WitnessServer]:
    with WitnessServer(("127.0.0.1", 0), witness) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def line(server: WitnessServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield connection
    connection.close()


def asked(
    line: http.client.HTTPConnection, method: str, path: str, body: str = ""
) -> tuple[int, str, str]:
    line.request(method, path, body.encode() if method == "POST" else None)
    answer = line.getresponse()
    return answer.status, answer.read().decode(), answer.headers["content-type"]


def test_a_connection_carries_many_requests(
    line: http.client.HTTPConnection, log: PlainLog
) -> None:
    status, text, _ = asked(line, "POST", PATH, log.contact(0, 9))
    assert (status, text[0]) == (200, "—")
    assert asked(line, "POST", PATH, log.contact(0, 9)) == (409, "9\n", "text/x.tlog.size")
    assert asked(line, "POST", PATH, log.contact(9, 12))[0] == 200
    evidence = asked(line, "GET", "/last/books.example.com%2Fmain")
    assert evidence[:2] == (200, log.note(12).full())


def test_other_paths_and_methods_are_refused(line: http.client.HTTPConnection) -> None:
    assert asked(line, "GET", PATH)[0] == 404
    assert asked(line, "GET", "/last/nobody")[0] == 404
    assert asked(line, "POST", "/")[0] == 404
    assert asked(line, "PUT", PATH)[0] == 501


def test_large_and_endless_bodies_are_not_read(server: WitnessServer) -> None:
    for header in (
        f"content-length: {MOST_BYTES + 1}",
        "transfer-encoding: chunked",
        "content-length: -1",
    ):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as raw:
            raw.sendall(f"POST {PATH} HTTP/1.1\r\nhost: w\r\n{header}\r\n\r\n".encode())
            assert raw.recv(12) == b"HTTP/1.1 400"


def test_bytes_that_are_no_text_are_refused(line: http.client.HTTPConnection) -> None:
    line.request("POST", PATH, b"\xff\xfe")
    assert line.getresponse().status == 400


def test_a_silent_connection_is_let_go(
    server: WitnessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving._Handler, "timeout", 0.05)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as raw:
        raw.sendall(b"POST /add")
        assert raw.recv(1) == b""


def test_connections_are_counted(server: WitnessServer, log: PlainLog) -> None:
    address = ("127.0.0.1", server.server_port)
    idle = [socket.create_connection(address) for _ in range(serving.MOST_CONNECTIONS)]
    for each in idle:  # once answered, it certainly is one of those that are counted
        each.sendall(b"GET /last/ HTTP/1.1\r\nhost: w\r\n\r\n")
        assert each.recv(12) == b"HTTP/1.1 404"
    with socket.create_connection(address, timeout=10) as late:
        late.settimeout(10)
        assert late.recv(1) == b""
    for each in idle:
        each.close()
