"""How the kernel's own events are made to happen: accounts, transactions, holds, documents, rules."""

import asyncio
from collections.abc import Mapping
from secrets import randbelow

from partita.kernel.account import Account
from partita.kernel.asset import Asset
from partita.kernel.commands import (
    ArchiveDocument,
    CloseAccount,
    FreezeAccount,
    RegisterAsset,
    SaveDocument,
    UnfreezeAccount,
)
from partita.kernel.holds import Hold
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.periods import Period
from partita.kernel.velocity_limits import Limit
from partita.surfaces.library import credit, debit
from partita.surfaces.library_outcomes import record_of
from partita.surfaces.triggering.stage import AMOUNT, ASSET, REASON, SECOND, Play, Stage

_FAR, _SPANS, _HOUR = Moment.parse("5000-01-01T00:00:00Z"), 10**7, 3_600 * SECOND
"""Periods are opened where nobody posts: some hour after the year 5000."""
_BRIEFLY_SECONDS = 1.0


async def _register(stage: Stage) -> None:
    record_of(await stage.ledger.submit(RegisterAsset(Asset(f"T{stage.token.upper()}", 2))))


async def _freeze(stage: Stage) -> Account:
    account = await stage.account()
    record_of(await stage.ledger.submit(FreezeAccount(account.path, REASON)))
    return account


async def _unfreeze(stage: Stage) -> None:
    account = await _freeze(stage)
    record_of(await stage.ledger.submit(UnfreezeAccount(account.path, REASON)))


async def _close(stage: Stage) -> None:
    account = await stage.account()
    record_of(await stage.ledger.submit(CloseAccount(account.path, REASON)))


async def _reverse(stage: Stage) -> None:
    await stage.ledger.reverse(await stage.transfer(), reason=REASON)


async def _pend(stage: Stage) -> Transaction:
    payer, payee = await stage.funded("payer"), await stage.account("payee")
    legs = debit(payer.path, AMOUNT, ASSET), credit(payee.path, AMOUNT, ASSET)
    return await stage.ledger.pend(*legs)


async def _edit(stage: Stage) -> None:
    pending = await _pend(stage)
    await stage.ledger.edit(pending, metadata={"note": REASON})


async def _settle(stage: Stage) -> None:
    await stage.ledger.settle(await _pend(stage))


async def _archive(stage: Stage) -> None:
    await stage.ledger.archive(await _pend(stage), reason=REASON)


async def _hold(stage: Stage) -> Hold:
    account = await stage.funded()
    return await stage.ledger.hold(account.path, AMOUNT, ASSET)


async def _capture(stage: Stage) -> None:
    hold, payee = await _hold(stage), await stage.account("payee")
    await stage.ledger.capture(hold, credit(payee.path, AMOUNT, ASSET))


async def _increment(stage: Stage) -> None:
    await stage.ledger.increment(await _hold(stage), AMOUNT)


async def _release(stage: Stage) -> None:
    await stage.ledger.release(await _hold(stage), reason=REASON)


async def _extend(stage: Stage) -> None:
    await stage.ledger.extend(await _hold(stage), stage.later(3_600))


async def _expire(stage: Stage) -> None:
    """A hold is over by the ledger's clock; the next command that comes makes it say so."""
    account = await stage.funded()
    await stage.ledger.hold(account.path, AMOUNT, ASSET, expires_at=stage.later(_BRIEFLY_SECONDS))
    await asyncio.sleep(_BRIEFLY_SECONDS)
    await stage.account("afterwards")


async def _save(stage: Stage) -> str:
    title = stage.name("note")
    record_of(await stage.ledger.submit(SaveDocument("trigger", title, '"triggered"')))
    return title


async def _put_away(stage: Stage) -> None:
    record_of(await stage.ledger.submit(ArchiveDocument("trigger", await _save(stage))))


async def _limit(stage: Stage) -> Limit:
    account = await stage.account()
    return await stage.ledger.set_limit(
        stage.name("limit"), ASSET, "day", account=account.path, max_amount=AMOUNT
    )


async def _archive_limit(stage: Stage) -> None:
    await stage.ledger.archive_limit(await _limit(stage))


async def _period(stage: Stage) -> Period:
    begins_at = Moment(_FAR + randbelow(_SPANS) * _HOUR)
    return await stage.ledger.open_period(
        stage.name("period"), begins_at, Moment(begins_at + _HOUR)
    )


async def _soft_close(stage: Stage) -> Period:
    return await stage.ledger.soft_close_period(await _period(stage), reason=REASON)


async def _reopen(stage: Stage) -> None:
    await stage.ledger.reopen_period(await _soft_close(stage), reason=REASON)


async def _close_period(stage: Stage) -> None:
    await stage.ledger.close_period(await _period(stage), reason=REASON)


PLAYS: Mapping[str, Play] = {
    "asset.registered": _register,
    "account.opened": Stage.account,
    "account.frozen": _freeze,
    "account.unfrozen": _unfreeze,
    "account.closed": _close,
    "transaction.posted": Stage.transfer,
    "transaction.reversed": _reverse,
    "transaction.pended": _pend,
    "transaction.edited": _edit,
    "transaction.settled": _settle,
    "transaction.archived": _archive,
    "hold.placed": _hold,
    "hold.captured": _capture,
    "hold.incremented": _increment,
    "hold.released": _release,
    "hold.extended": _extend,
    "hold.expired": _expire,
    "document.saved": _save,
    "document.archived": _put_away,
    "limit.set": _limit,
    "limit.archived": _archive_limit,
    "period.opened": _period,
    "period.soft_closed": _soft_close,
    "period.reopened": _reopen,
    "period.closed": _close_period,
}
"""What is done for each type of event to happen."""
