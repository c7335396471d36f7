"""What is held: looked up beside the totals, which count all that is pending together.

Only accounts with money on its way out can have any, so most balances need no look-up at all.
"""

from collections.abc import Iterable

from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.account import Account, Totals
from partita.kernel.balance import going_out

Held = dict[int, int]
"""What open holds set aside, by the number of the account."""


def held_now(reader: Reader, info: LedgerInfo, found: Iterable[tuple[Account, Totals]]) -> Held:
    """What is held of each of these accounts that has money on its way out, in one query."""
    going = {account.number: going_out(totals, account.normal_side) for account, totals in found}
    wanted = [number for number, amount in going.items() if amount]
    held = reader.held(info, wanted) if wanted else {}
    # The totals were read a moment before: what was held since is not in them.
    return {number: min(held.get(number, 0), going[number]) for number in wanted}
