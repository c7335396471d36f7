"""The guard of the network: where nothing may be called, nothing is, however it is asked for."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore
import pytest

from partita.adapters.couriers.guarded import GuardedBackend, NameUnknown, SystemResolver
from partita.adapters.couriers.http import HttpCourier
from partita.modules.webhooks.sending import Answer, Parcel
from tests.unit.modules.webhooks.receiver import Reaction, Received, receiving, says

PUBLIC = "93.184.216.34"


class Names:
    """A name server of our own: each look-up of a name gives the next of its answers."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers, self.asked = answers, 0

    async def addresses(self, host: str) -> list[str]:
        self.asked += 1
        turns = self.answers.get(host.partition(".")[0])
        if not turns:
            raise NameUnknown(f"the name {host} cannot be resolved")
        return turns.pop(0) if len(turns) > 1 else turns[0]

    def close(self) -> None:
        """Nothing to give back."""


class Network(httpcore.AsyncNetworkBackend):
    """A network that notes who is called, and lets nobody be reached; `open_to` are put through."""

    def __init__(self, open_to: dict[str, int] | None = None) -> None:
        self.called: list[str] = []
        self.open_to = open_to or {}
        self._real = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        **_rest: Any,
    ) -> httpcore.AsyncNetworkStream:
        self.called.append(host)
        if host not in self.open_to:
            raise httpcore.ConnectError("nobody there")
        return await self._real.connect_tcp("127.0.0.1", self.open_to[host], timeout=timeout)


def sent(
    url: str, names: Names | None = None, network: Network | None = None, **how: Any
) -> Answer:
    """What comes of one parcel."""

    async def send() -> Answer:
        courier = HttpCourier(resolver=names or Names(), network=network or Network(), **how)
        try:
            return await courier.send(Parcel(url, {"webhook-id": "evt_1"}, b"{}"))
        finally:
            await courier.close()

    return asyncio.run(send())


WRITTEN_OUT = """
127.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 100.100.100.200 224.0.0.1
255.255.255.255 168.63.129.16 [::1] [::] [fe80::1] [fd00:ec2::254] [::ffff:127.0.0.1]
[::ffff:a9fe:a9fe] [64:ff9b::7f00:1] [2002:7f00:1::] [::7f00:1]
"""
# What the C library takes for 127.0.0.1 or 169.254.169.254, though no parser of addresses does.
ODDLY_WRITTEN = "127.1 2130706433 0x7f000001 0177.0.0.1 0x7f.1 127.0.0.1. 2852039166 0"


@pytest.mark.parametrize("host", WRITTEN_OUT.split())
def test_an_address_of_our_own_is_not_called(host: str) -> None:
    network = Network()
    answer = sent(f"https://{host}/hook", network=network)
    assert answer.status is None
    assert "no public address" in (answer.error or "")
    assert network.called == []


@pytest.mark.parametrize("host", [*ODDLY_WRITTEN.split(), "localhost", "LOCALHOST."])
def test_nor_one_that_the_system_reads_as_such(host: str) -> None:
    network = Network()

    async def send() -> Answer:
        courier = HttpCourier(resolver=SystemResolver(), network=network)
        try:
            return await courier.send(Parcel(f"https://{host}/hook", {}, b"{}"))
        finally:
            await courier.close()

    answer = asyncio.run(send())
    assert answer.status is None
    assert network.called == []


@pytest.mark.parametrize("host", WRITTEN_OUT.split())
def test_nor_a_name_that_leads_there(host: str) -> None:
    network, names = Network(), Names(evil=[[host.strip("[]")]])
    answer = sent("https://evil.example.com/", names, network)
    assert "evil.example.com may not be called" in (answer.error or "")
    assert network.called == []


def test_one_bad_address_spoils_a_name() -> None:
    network, names = Network(), Names(mixed=[[PUBLIC, "10.0.0.1"]])
    assert "10.0.0.1" in (sent("https://mixed.example.com/", names, network).error or "")
    assert network.called == []


def test_a_name_that_changes_its_mind_is_called_where_it_was_looked_at() -> None:
    """DNS rebinding: the second answer would be our own machine, but there is no second question."""
    network, names = Network(), Names(rebind=[[PUBLIC], ["127.0.0.1"]])
    sent("https://rebind.example.com/", names, network)
    assert network.called == [PUBLIC]
    assert names.asked == 1
    again = sent("https://rebind.example.com/", names, network)
    assert "127.0.0.1" in (again.error or "")
    assert network.called == [PUBLIC]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving() as inner:
        location = inner.url

        def script(_received: Received, _place: int) -> Reaction:
            return says(status, location=location)

        with receiving(script) as outer:
            answer = sent(
                outer.url, network=Network({"127.0.0.1": outer.server_address[1]}),
                may_be_private=True,
            )  # fmt: skip
            assert (answer.status, len(outer.received)) == (status, 1)
        assert inner.received == []


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        network = Network()
        sent("https://shop.example.com/", Names(shop=[[PUBLIC]]), network)
        assert network.called == [PUBLIC]
        assert proxy.received == []


def test_plain_http_is_for_networks_of_ones_own() -> None:
    network, names = Network(), Names(shop=[[PUBLIC]])
    assert sent("http://shop.example.com/", names, network).error == "the URL is not https"
    assert network.called == []
    sent("http://shop.example.com/", names, network, may_be_private=True)
    assert network.called == [PUBLIC]


def test_where_it_is_allowed_our_own_network_is_called() -> None:
    with receiving() as target:
        network = Network({"10.0.0.7": target.server_address[1]})
        names = Names(inside=[["10.0.0.7"]])
        answer = sent("http://inside.example.com/hook", names, network, may_be_private=True)
        assert (answer.status, network.called) == (204, ["10.0.0.7"])
        assert target.received[0].headers["host"] == "inside.example.com"


def test_other_addresses_of_a_name_are_tried_a_few() -> None:
    network = Network()
    names = Names(shop=[[f"93.184.216.{number}" for number in range(1, 10)]])
    answer = sent("https://shop.example.com/", names, network)
    assert network.called == [f"93.184.216.{number}" for number in range(1, 5)]
    assert "no connection" in (answer.error or "")


def test_sockets_of_this_machine_are_not_called() -> None:
    backend = GuardedBackend(Names())
    with pytest.raises(Exception, match="socket of this machine"):
        asyncio.run(backend.connect_unix_socket("/run/postgresql/.s.PGSQL.5432"))


def _all(answers: Iterable[Answer]) -> list[int | None]:
    return [answer.status for answer in answers]


def test_a_name_server_that_hangs_holds_up_nobody_else() -> None:
    class Hanging(Names):
        async def addresses(self, host: str) -> list[str]:
            if host.startswith("slow"):
                await asyncio.sleep(60)
            return ["127.0.0.1"]

    async def send_all(url: str) -> list[Answer]:
        courier = HttpCourier(resolver=Hanging(), may_be_private=True)
        try:
            slow = [
                asyncio.create_task(courier.send(Parcel("http://slow.example.com", {}, b"")))
                for _ in range(50)
            ]
            found = await asyncio.gather(*(courier.send(Parcel(url, {}, b"{}")) for _ in range(10)))
            assert not any(task.done() for task in slow)
            for task in slow:
                task.cancel()
            return found
        finally:
            await courier.close()

    with receiving() as target:
        url = target.url.replace("127.0.0.1", "fast.example.com")
        assert _all(asyncio.run(send_all(url))) == [204] * 10
