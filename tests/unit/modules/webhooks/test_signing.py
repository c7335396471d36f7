"""Signatures, against the reference library of Standard Webhooks and against `cryptography`."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from partita.kernel.moment import Moment
from partita.modules.webhooks.endpoint import Endpoint, Scheme
from partita.modules.webhooks.signing import Signer, SigningKeys

NOW = Moment(int(datetime.now(UTC).timestamp()) * 1_000_000)
KEYS = SigningKeys(b"s" * 32)
SIGNER = Signer(KEYS, "main", "whe_1")
EVENT, BODY = "evt_01M7W7N0R2QFH4PZWZ85JVAPF2", '{"specversion":"1.0","note":"Grüße.😀"}'.encode()
DAY = 86_400


def endpoint(scheme: Scheme = Scheme.HMAC) -> Endpoint:
    """An endpoint in its first generation."""
    return Endpoint(url="https://example.com/hook", scheme=scheme, enabled_at=NOW)


def later(seconds: int) -> Moment:
    """So many seconds after these tests were begun."""
    return Moment(NOW + seconds * 1_000_000)


def headers(of: Endpoint, seconds: int = 0, body: bytes = BODY) -> dict[str, str]:
    """The headers of an attempt so many seconds from now; the reference looks at the real clock."""
    real = int(datetime.now(UTC).timestamp()) + seconds
    return SIGNER.headers(of, EVENT, body, Moment(real * 1_000_000))


def is_signed(found: dict[str, str], generation: int, body: bytes = BODY) -> bool:
    """Whether the reference library takes it, with the secret of a generation."""
    try:
        Webhook(KEYS.secret("main", "whe_1", generation)).verify(body, found)
    except WebhookVerificationError:
        return False
    return True


def check_ed25519(found: dict[str, str], generation: int = 1, body: bytes = BODY) -> None:
    """Verify a v1a signature as a receiver would, by the public key alone."""
    text = KEYS.public_key("main", "whe_1", generation)
    assert text.startswith("whpk_")
    public = Ed25519PublicKey.from_public_bytes(b64decode(text.removeprefix("whpk_")))
    content = f"{found['webhook-id']}.{found['webhook-timestamp']}.".encode() + body
    signatures = [
        b64decode(each.removeprefix("v1a,"))
        for each in found["webhook-signature"].split(" ")
        if each.startswith("v1a,")
    ]
    assert signatures, "there is no v1a signature"
    public.verify(signatures[0], content)


def test_the_reference_library_takes_our_signature() -> None:
    found = headers(endpoint())
    assert found["webhook-id"] == EVENT
    assert is_signed(found, 1)


@pytest.mark.parametrize(
    "changed",
    [{"webhook-id": f"{EVENT}.1"}, {"webhook-timestamp": str(NOW // 1_000_000 - 9)}],
)
def test_another_id_or_time_is_not_signed(changed: dict[str, str]) -> None:
    assert not is_signed(headers(endpoint()) | changed, 1)


def test_another_body_is_not_signed() -> None:
    assert not is_signed(headers(endpoint()), 1, BODY.replace(b"1.0", b"1.1"))


@pytest.mark.parametrize("seconds", [-330, 330])
def test_an_old_or_early_delivery_is_outside_the_receivers_tolerance(seconds: int) -> None:
    assert not is_signed(headers(endpoint(), seconds), 1)


def test_a_receiver_checks_ed25519_by_the_public_key_alone() -> None:
    found = headers(endpoint(Scheme.ED25519))
    check_ed25519(found)
    with pytest.raises(InvalidSignature):
        check_ed25519(found, body=BODY + b" ")
    assert "v1," not in found["webhook-signature"]


def test_both_schemes_stand_side_by_side() -> None:
    found = headers(endpoint(Scheme.BOTH))
    assert is_signed(found, 1)
    check_ed25519(found)


def test_golden_vectors() -> None:
    """Of these inputs for ever: receivers hold the secrets that follow from them."""
    keys = SigningKeys(b"golden" * 6)
    content = b"evt_1.1700000000.{}"
    who = {"ledger": "main", "endpoint": "whe_1", "generation": 1}
    assert keys.secret("main", "whe_1", 1) == "whsec_Zcsb+fbqbqdH+xDJ2aLz1jjho5f+0PIC1YURICNlqbg="
    assert (
        keys.public_key("main", "whe_1", 1) == "whpk_hXhvUwgd1we8JEDqk7SicX71hlgrq4YZfzLNF9SJLVA="
    )
    assert (
        keys.signature(Scheme.HMAC, content, **who)
        == "v1,FUsJnQQsH/obglU/qgzu7+P+i7Ev4IFAEjHSA3N1Lmo="
    )  # type: ignore[arg-type]
    assert (
        keys.signature(Scheme.ED25519, content, **who)
        == "v1a,0dsvfJsYAfgWt575NpviZpBmArEIYweKVL4y0aMPOcCKDbu4Tcp83MaYKXf/ZUCsqv7aQJd+rtevsvr+DGO1BA=="
    )  # type: ignore[arg-type]


def test_every_ledger_endpoint_and_generation_has_a_secret_of_its_own() -> None:
    places = [
        ("main", "whe_1", 1),
        ("main", "whe_1", 2),
        ("main", "whe_11", 1),
        ("mainw", "he_1", 1),
    ]
    found = {KEYS.secret(*place) for place in places}
    found |= {SigningKeys(b"t" * 32).secret(*places[0])}
    assert len(found) == len(places) + 1
    assert all(len(b64decode(each.removeprefix("whsec_"))) == 32 for each in found)


def test_both_secrets_are_good_until_the_overlap_has_passed() -> None:
    rotated = endpoint(Scheme.BOTH).rotated(NOW, DAY)
    during = headers(rotated)
    assert is_signed(during, 1)
    assert is_signed(during, 2)
    check_ed25519(during, generation=2)
    assert len(during["webhook-signature"].split(" ")) == 4
    assert rotated.generations(later(DAY - 1)) == (2, 1)
    assert rotated.generations(later(DAY)) == (2,)


def test_without_overlap_the_old_secret_is_dead_at_once() -> None:
    found = headers(endpoint().rotated(NOW, 0))
    assert is_signed(found, 2)
    assert not is_signed(found, 1)


def test_many_rotations_leave_few_signatures() -> None:
    rotated = endpoint()
    for _ in range(9):
        rotated = rotated.rotated(NOW, DAY)
    assert rotated.generations(NOW) == (10, 9, 8, 7)
