"""Authentication: who is asking, before anything else is looked at.

A key that was seen in the last seconds costs a dictionary look-up; otherwise the store is asked in
a thread. A key belongs to one ledger, or to all of them (`*`).
"""

from partita.config import DEFAULT_LEDGER
from partita.engine.access import Denial, Scope
from partita.engine.ports import ApiKey
from partita.surfaces.http.desk import Desk
from partita.surfaces.http.refusal import Refusal

ALL_LEDGERS = "*"
_WRITE = Scope.WRITE.value
_SCHEME = b"Bearer "
_LONGEST_KEY = 200

_DETAILS = {
    Denial.UNKNOWN: "The API key is not known here.",
    Denial.EXPIRED: "The API key has expired.",
    Denial.REVOKED: "The API key was revoked.",
}


async def authenticate(desk: Desk, authorization: bytes | None) -> ApiKey:
    """The API key that this Authorization header carries.

    Raises:
        Refusal: 401, and why.
    """
    if authorization is None or authorization[:7].lower() != _SCHEME.lower():
        raise _unauthorized(Denial.UNKNOWN.value, "There is no Authorization: Bearer header.")
    text = authorization[7:].strip().decode("latin-1")
    if len(text) > _LONGEST_KEY:
        raise _unauthorized(Denial.UNKNOWN.value, _DETAILS[Denial.UNKNOWN])
    found = desk.access.remembered(text)
    if found is None:
        found = await desk.read(desk.access.look_up, text)
    if isinstance(found, Denial):
        raise _unauthorized(found.value, _DETAILS[found])
    return found


def _unauthorized(code: str, detail: str) -> Refusal:
    challenge = (b"www-authenticate", b'Bearer realm="partita"')
    return Refusal(code, detail, headers=(challenge,))


def check_scope(key: ApiKey, needed: Scope) -> None:
    """Refuse a key that may only read what it would write."""
    if needed is Scope.WRITE and key.scope != _WRITE:
        raise Refusal(
            "permission_denied",
            f"The key {key.id} has the scope {key.scope!r}; this operation needs 'write'.",
        )


def ledger_of(key: ApiKey, wanted: bytes | None) -> str:
    """The name of the ledger that this call speaks about: the header's, else the key's own.

    Raises:
        Refusal: 403, the key does not reach the ledger that the header names.
    """
    own = DEFAULT_LEDGER if key.ledger == ALL_LEDGERS else key.ledger
    if wanted is None:
        return own
    name = wanted.decode("latin-1")
    if key.ledger not in (ALL_LEDGERS, name):
        raise Refusal(
            "permission_denied",
            f"The key {key.id} belongs to the ledger {key.ledger!r}, not to {name!r}.",
        )
    return name
