"""Programs: what the points of an asset are worth, and for how long they are good."""

import msgspec

from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.matters import Matter

PROGRAM, PROGRAM_PREFIX = "program", "lpr_"
LONGEST_DAYS = 36_500


class Program(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many `points` of `asset` are worth so many minor units (`worth`) of `money`.

    A program whose asset is its money is of vouchers. Points end so many days after their grant,
    unless the grant says otherwise; without `expires_after_days` they never do.
    """

    id: str
    asset: str
    money: str
    points: int = 1
    worth: int = 1
    expires_after_days: int | None = None


_decode = value_decoder(Program)


def read_program(matter: Matter | None) -> Program | None:
    """The program that a matter keeps; None if there is none."""
    return None if matter is None else _decode(matter.body)


def program_body(program: Program) -> str:
    """The text that the ledger keeps of a program."""
    return encode_value(program)
