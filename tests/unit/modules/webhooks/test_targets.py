"""Where deliveries may go: a corpus of addresses, each as an attacker would write it."""

from ipaddress import ip_address

import pytest

from partita.modules.webhooks.targets import check_url, forbidden_url, why_forbidden

FORBIDDEN = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.1.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 ff0e::1 2001:db8::1 100::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe ::127.0.0.1 ::ffff:0:127.0.0.1
64:ff9b::7f00:1 64:ff9b::169.254.169.254 64:ff9b:1::1 2002:7f00:1:: 2002:a9fe:a9fe::1
2002:c0a8:0101::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
"""
ALLOWED = """
1.1.1.1 8.8.8.8 93.184.216.34 192.88.98.1 172.32.0.1 100.128.0.1 2606:4700:4700::1111
2a00:1450:4001:82f::200e ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1
"""


@pytest.mark.parametrize("text", FORBIDDEN.split())
def test_nothing_is_sent_behind_our_own_walls(text: str) -> None:
    assert why_forbidden(ip_address(text.partition("%")[0])) is not None


@pytest.mark.parametrize("text", ALLOWED.split())
def test_public_addresses_are_open(text: str) -> None:
    assert why_forbidden(ip_address(text)) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/hooks/partita?shop=1",
        "http://127.0.0.1:8080/",
        "https://[2606:4700:4700::1111]/",
        "https://my_host.internal./x",
    ],
)
def test_a_url_of_the_form_passes(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "gopher://example.com",
        "https://",
        "https:///path",
        "https://user@example.com",
        "https://user:password@example.com",
        "https://example.com#fragment",
        "https://example.com\\@127.0.0.1",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:port",
        "https://exa mple.com",
        "https://example.com/\r\nHost: x",
        "https://exämple.com",
        "https://[::1",
        "https://[not-an-address]",
        "https://-.com/" + "a" * 2_000,
        "https://.example.com",
        "https://example.com%2f.attacker.test",
    ],
)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    assert check_url(url) is not None


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("https://example.com", True),
        ("http://example.com", False),
        ("https://127.0.0.1", False),
        ("https://[::ffff:127.0.0.1]", False),
        ("https://8.8.8.8", True),
    ],
)
def test_what_can_be_said_of_a_url_before_it_is_resolved(url: str, is_open: bool) -> None:
    assert (forbidden_url(url) is None) is is_open
