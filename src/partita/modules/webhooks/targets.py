"""Where deliveries may go: the form of a URL, and addresses behind which nothing of ours may stand.

A ledger that calls addresses which strangers name can be made to call its own neighbours (server-side
request forgery, OWASP API7:2023). So an address counts, not a name: whoever connects asks here about
every address that a name resolves to, and connects to the very one that was looked at. Pure.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

LONGEST_URL = 2_000
Address = IPv4Address | IPv6Address
_URL = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?", re.ASCII)
_LARGEST_PORT = 65_535
# IPv6 addresses that lead to an IPv4 address, and where in them that one stands (bits to the right).
_EMBEDDING: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped, RFC 4291
    (IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated, RFC 2765
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that is handed out of IPv6 so far; whatever lies outside is for some special purpose."""
# IANA's registries of special-purpose addresses (RFC 6890 and what came after), in our own words:
# what a version of Python knows of them differs, and what a guard knows must not.
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; a cloud's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the agent of a cloud, which all its machines reach
        "169.254.0.0/16",  # link-local; metadata of most clouds at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)


def check_url(url: str) -> str | None:
    """Why this cannot be the address of an endpoint; None if it can, as far as its form goes."""
    if len(url) > LONGEST_URL or _URL.fullmatch(url) is None:
        return f"it is at most {LONGEST_URL} printable ASCII characters without spaces"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return f"it cannot be read: {error}"
    if parts.scheme not in ("https", "http"):
        return "it begins with https://, or http:// on a network of your own"
    if parts.username is not None or parts.password is not None:
        return "it names a user or a password, which would stand in the journal for ever"
    if "#" in url or "\\" in url:
        return "it has a fragment or a backslash"
    if not host or (_HOST.fullmatch(host) is None and literal(host) is None):
        return "it names no host"
    return None if port is None or 1 <= port <= _LARGEST_PORT else "it names no port"


def host_of(url: str) -> str:
    """The host that a checked URL names, without brackets."""
    host = urlsplit(url).hostname
    assert host is not None, "the URL was checked"
    return host


def literal(host: str) -> Address | None:
    """The address that a host is written as; None of a name."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def why_forbidden(address: Address) -> str | None:
    """Why nothing is sent to an address; None if it is one of the public Internet.

    >>> why_forbidden(ip_address("10.0.0.1"))
    '10.0.0.1 is no public address'
    """
    inner = _embedded(address)
    if inner is not None:
        found = why_forbidden(inner)
        return None if found is None else f"{address} leads to {found}"
    is_assigned = isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST
    if not is_assigned or any(address in each for each in _SPECIAL):
        return f"{address} is no public address"
    return None


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(address, IPv4Address):
        return None
    for network, bits in _EMBEDDING:
        if address in network:
            return IPv4Address(int(address) >> bits & 0xFFFF_FFFF)
    return None


def forbidden_url(url: str) -> str | None:
    """Why a URL may not even be tried: plain HTTP, or an address written out that is not public."""
    if urlsplit(url).scheme != "https":
        return "it is not https"
    address = literal(host_of(url))
    return None if address is None else why_forbidden(address)
