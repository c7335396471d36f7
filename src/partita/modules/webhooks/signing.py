"""Signatures of deliveries, by Standard Webhooks: over `id.timestamp.body`, one for each secret.

    webhook-id: evt_…            webhook-timestamp: POSIX seconds of this attempt
    webhook-signature: v1,<HMAC-SHA-256> v1a,<Ed25519>      (base64, a space between)

No secret is stored: each follows from the installation's secret, the ledger, the endpoint and the
generation, so the journal can be shown to anybody and every server signs alike. A rotation raises
the generation. Sources: Standard Webhooks 1.0; RFC 2104 (HMAC), RFC 8032 (Ed25519).
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from partita.kernel.moment import Moment
from partita.modules.webhooks.endpoint import Endpoint, Scheme

SECRET_PREFIX, PUBLIC_PREFIX = "whsec_", "whpk_"
_DOMAIN = b"partita webhook 1"
_SYMMETRIC, _ASYMMETRIC = b"hmac", b"ed25519"
_SCHEMES: dict[Scheme, tuple[Scheme, ...]] = {
    Scheme.HMAC: (Scheme.HMAC,),
    Scheme.ED25519: (Scheme.ED25519,),
    Scheme.BOTH: (Scheme.HMAC, Scheme.ED25519),
}


class SigningKeys:
    """The keys of every endpoint of an installation, derived when they are needed."""

    def __init__(self, installation_secret: bytes) -> None:
        """Derive from the installation's secret."""
        self._secret = installation_secret

    def secret(self, ledger: str, endpoint: str, generation: int) -> str:
        """What the receiver checks v1 signatures by: `whsec_` and 32 bytes in base64."""
        key = self._derived(_SYMMETRIC, ledger, endpoint, generation)
        return SECRET_PREFIX + b64encode(key).decode()

    def public_key(self, ledger: str, endpoint: str, generation: int) -> str:
        """What the receiver checks v1a signatures by: `whpk_` and the public key in base64."""
        private = self._private(ledger, endpoint, generation)
        return PUBLIC_PREFIX + b64encode(private.public_key().public_bytes_raw()).decode()

    def signature(
        self, scheme: Scheme, content: bytes, *, ledger: str, endpoint: str, generation: int
    ) -> str:
        """One signature, `v1,…` or `v1a,…`."""
        if scheme is Scheme.HMAC:
            key = self._derived(_SYMMETRIC, ledger, endpoint, generation)
            signed = hmac.digest(key, content, sha256)
        else:
            signed = self._private(ledger, endpoint, generation).sign(content)
        return f"{scheme.value},{b64encode(signed).decode()}"

    def _private(self, ledger: str, endpoint: str, generation: int) -> Ed25519PrivateKey:
        seed = self._derived(_ASYMMETRIC, ledger, endpoint, generation)
        return Ed25519PrivateKey.from_private_bytes(seed)

    def _derived(self, what: bytes, ledger: str, endpoint: str, generation: int) -> bytes:
        parts = (_DOMAIN, what, ledger.encode(), endpoint.encode(), generation.to_bytes(8, "big"))
        framed = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
        return hmac.digest(self._secret, framed, sha256)


class Signer:
    """Signs what goes to one endpoint of one ledger."""

    def __init__(self, keys: SigningKeys, ledger: str, endpoint_id: str) -> None:
        """Sign by this endpoint's keys."""
        self._keys, self._ledger, self._endpoint_id = keys, ledger, endpoint_id

    def headers(
        self, endpoint: Endpoint, event_id: str, body: bytes, now: Moment
    ) -> dict[str, str]:
        """The three headers of one attempt, signed by every generation that is good now."""
        seconds = now // 1_000_000
        content = b"%s.%d.%s" % (event_id.encode(), seconds, body)
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(self._signatures(endpoint, content, now)),
        }

    def _signatures(self, endpoint: Endpoint, content: bytes, now: Moment) -> Iterable[str]:
        for generation in endpoint.generations(now):
            for scheme in _SCHEMES[endpoint.scheme]:
                yield self._keys.signature(
                    scheme, content,
                    ledger=self._ledger, endpoint=self._endpoint_id, generation=generation,
                )  # fmt: skip
