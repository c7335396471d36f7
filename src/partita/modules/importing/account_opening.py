"""Opening what an import needs: accounts in bulk, before the first transaction that names them.

Opening is idempotent: each account has a key of its own, and one that is there already is used
if it is of the same kind. One that differs in type, side or asset is left alone, and the rows
that need it become errors: money must not land in an account that means something else.
Limits and metadata of an account that is there may differ; whoever set them had a reason.
"""

from collections.abc import Callable, Sequence

from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted, Outcome, Refused, Wish
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.account import NORMAL_SIDE, Account, AccountType, Side
from partita.kernel.commands import OpenAccount
from partita.modules.importing.errors_file import ErrorRow
from partita.modules.importing.source import Instruction

ACTOR = "import"
MOST_REMEMBERED = 100_000
Ask = Callable[[Sequence[Wish]], list[Outcome]]
_Kind = tuple[str, str, AccountType, Side]


class AccountOpening:
    """Opens accounts on first use and remembers which of them are fit to be posted to."""

    def __init__(self, ledger: LedgerInfo, reader: Reader, ask: Ask) -> None:
        """Open through `ask`, which submits wishes and waits for their outcomes."""
        self._ledger, self._reader, self._ask = ledger, reader, ask
        self._trouble: dict[_Kind, str | None] = {}

    def prepare(self, instructions: Sequence[Instruction]) -> int:
        """Open what these need and is not known yet; how many accounts are new."""
        needed = {_kind(command): command for each in instructions for command in each.accounts}
        if len(self._trouble) > MOST_REMEMBERED:
            # Opening again is answered as a replay, so forgetting costs time and nothing else.
            self._trouble.clear()
        fresh = [command for kind, command in needed.items() if kind not in self._trouble]
        if not fresh:
            return 0
        outcomes = self._ask([_wish(command) for command in fresh])
        for command, outcome in zip(fresh, outcomes, strict=True):
            self._trouble[_kind(command)] = self._trouble_with(command, outcome)
        return sum(isinstance(each, Accepted) and not each.replayed for each in outcomes)

    def objection(self, instruction: Instruction) -> ErrorRow | None:
        """Why this instruction cannot be posted, if one of its accounts is unfit."""
        for command in instruction.accounts:
            trouble = self._trouble[_kind(command)]
            if trouble is not None:
                return ErrorRow(instruction.line, "account_unfit", trouble, instruction.raw)
        return None

    def _trouble_with(self, command: OpenAccount, outcome: Outcome) -> str | None:
        if isinstance(outcome, Accepted):
            return None
        standing = self._reader.account(self._ledger, command.path)
        if standing is None:
            assert isinstance(outcome, Refused), "one command has one answer"
            return f"{command.path} could not be opened: {outcome.rejection.detail}"
        return _difference(command, standing.account)


def _wish(command: OpenAccount) -> Wish:
    return wish(command, key=f"import:account:{command.path}", actor=ACTOR)


def _kind(command: OpenAccount) -> _Kind:
    """What must agree before money goes into an account; its path goes first."""
    side = command.normal_side or NORMAL_SIDE[command.type]
    return command.path, command.asset, command.type, side


def _difference(command: OpenAccount, account: Account) -> str | None:
    wanted = _kind(command)
    found = (account.path, account.asset, account.type, account.normal_side)
    if wanted == found:
        return None
    return (
        f"{account.path} is open as {_words(found)}, but the profile needs {_words(wanted)};"
        " give it another path in the profile"
    )


def _words(kind: _Kind) -> str:
    _path, asset, type, side = kind
    return f"{type.value} ({side.value}) in {asset}"
