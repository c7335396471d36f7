"""What a ledger keeps of a rail: whether it is enabled, what stands in for it, how far it was read."""

import msgspec

from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter

KIND, PREFIX = "rail", "rail_"
ENABLED, DISABLED = "enabled", "disabled"


class RailState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rail as the ledger knows it; one that it never heard of is enabled and unread."""

    fallback: str | None = None
    cursor: str | None = None


_decode = msgspec.json.Decoder(RailState).decode
_encode = msgspec.json.Encoder().encode
UNTOUCHED = RailState()


def read_state(matter: Matter | None) -> RailState:
    """What a matter says of its rail."""
    return UNTOUCHED if matter is None else _decode(matter.body)


def is_enabled(matter: Matter | None) -> bool:
    """Whether orders are handed to it."""
    return matter is None or matter.status == ENABLED


def change_of(
    name: str, matter: Matter | None, state: RailState, *, happened: str, status: str
) -> ChangeMatter:
    """The command that keeps a rail as it is now."""
    return ChangeMatter(
        type=f"{KIND}.{happened}",
        kind=KIND,
        id=None if matter is None else matter.id,
        prefix=PREFIX,
        status=status,
        title=name,
        body=_encode(state).decode(),
    )
