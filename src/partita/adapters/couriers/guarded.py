"""Connections that lead where they may: every address of a name is looked at, and that very one called.

    host ─► resolver ─► addresses ─► all of them public? ─► connect to the first that answers

Resolving and connecting are one step here, so there is no second look-up for a name server to answer
otherwise (DNS rebinding). One address that is not public spoils the name: whoever publishes such a
mixture tries something. Redirects and proxies are no business of a courier, so nothing leads past this.
"""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Protocol

import httpcore

from partita.modules.webhooks.targets import literal, why_forbidden

CONNECT_SECONDS = 5.0
_MOST_ADDRESSES = 4
_RESOLVING_THREADS = 32
_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class TargetForbidden(Exception):
    """A name leads where nothing is sent to; the message says where."""


class NameUnknown(Exception):
    """A name leads nowhere."""


class Resolver(Protocol):
    """Looks names up."""

    async def addresses(self, host: str) -> list[str]:
        """The addresses of a host, in the order in which they should be tried.

        Raises:
            NameUnknown: there are none.
        """
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class SystemResolver:
    """Asks the system, in threads of its own: a name server that does not answer holds up one."""

    def __init__(self) -> None:
        """Begin without threads; they are made as they are needed."""
        self._threads = ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="partita-names")

    async def addresses(self, host: str) -> list[str]:
        """The addresses of a host."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _look_up, host)
        except (OSError, UnicodeError) as error:
            raise NameUnknown(f"the name {host} cannot be resolved: {error}") from error
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Let the threads go; one that hangs in the system ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_kind, place in found]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked at."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        may_be_private: bool = False,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Look names up here; `network` makes the connections, by default over TCP."""
        self._resolver, self._may_be_private = resolver, may_be_private
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to one of a host's addresses.

        Raises:
            TargetForbidden: one of them is not public.
            NameUnknown: there are none.
        """
        options = list(socket_options or ())
        failure: Exception = NameUnknown(f"the name {host} has no address")
        for address in (await self._checked(host))[:_MOST_ADDRESSES]:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout=CONNECT_SECONDS, socket_options=options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _checked(self, host: str) -> list[str]:
        written = literal(host)
        found = [str(written)] if written else await self._resolver.addresses(host)
        if self._may_be_private:
            return found
        for text in found:
            # Without the zone of a link-local address, which would not be let through either.
            why = why_forbidden(ip_address(text.partition("%")[0]))
            if why is not None:
                raise TargetForbidden(f"{host} may not be called: {why}")
        return found

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Nothing is sent over sockets of this machine.

        Raises:
            TargetForbidden: always.
        """
        raise TargetForbidden(f"{path} is a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)
