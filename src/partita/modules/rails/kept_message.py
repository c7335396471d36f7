"""A message as the ledger keeps it: raw, parsed, hashed, and what was done about it."""

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.modules.payments.rail import RailMessage
from partita.modules.rails.taking import Effect

KIND, PREFIX = "rail_message", "rmg_"


class KeptMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rail told. `sha256` is of the raw form; `reason` says why nothing was done, if so."""

    rail: str
    message: RailMessage
    sha256: str
    payment: str | None = None
    verb: str | None = None
    reason: str | None = None


_read = value_decoder(KeptMessage)


def read_message(matter: Matter) -> KeptMessage:
    """The message that a matter keeps."""
    return _read(matter.body)


def keep(kept: KeptMessage, effect: Effect) -> ChangeMatter:
    """The command that keeps a message, with what was done about it."""
    return ChangeMatter(
        type=f"{KIND}.{effect.value}",
        kind=KIND,
        prefix=PREFIX,
        status=effect.value,
        about=kept.payment or kept.message.submission,
        body=encode_value(kept),
        reason=kept.reason,
        facts={"rail": kept.rail, "type": kept.message.type.value},
    )
