"""Decide: a command and the book as it stands give one event, or one rejection. Pure.

Identity and time come in as arguments. Nothing here changes the book: `evolve` does, with the
event; `decide_atomically` takes a whole bulk, and puts the book back if one command is refused.
"""

from collections.abc import Callable, Sequence
from typing import Any

from partita.kernel import changing, commands, documenting, events, governing, holding, transacting
from partita.kernel.account import (
    NORMAL_SIDE,
    Account,
    AccountStatus,
    Totals,
    both_flows,
    check_path,
)
from partita.kernel.asset import check_code
from partita.kernel.book import Book, evolve
from partita.kernel.context import Context, Decision
from partita.kernel.identifiers import check_ledger_name
from partita.kernel.posting_rules import entries_of, objection
from partita.kernel.rejections import Code, Rejection
from partita.kernel.undoing import Undo


def decide(book: Book, command: commands.Command, context: Context) -> Decision:
    """The event that the command becomes, or why not.

    Raises:
        ValueError: a ledger, an account or an asset would get a name that is none. Every face
            refuses it before; here it is the last guard of the journal, which lasts for ever.
    """
    if type(command) is commands.PostTransaction:
        decision = _post_transaction(book, command, context)
    else:
        decision = _DECIDERS[type(command)](book, command, context)
    if book.is_governed and type(decision) is not Rejection:
        return governing.governed(book, command, decision, context)  # type: ignore[arg-type]
    return decision


def _post_transaction(book: Book, command: commands.PostTransaction, context: Context) -> Decision:
    entries = entries_of(book, command)
    if entries is None:
        return objection(book, command)
    effective_at = command.effective_at
    return events.TransactionPosted(
        context.identity("txn_"),
        command.type,
        command.external_id,
        context.now if effective_at is None else effective_at,
        entries,
        command.metadata,
    )


def _open_ledger(book: Book, command: commands.OpenLedger, context: Context) -> Decision:
    if book.is_open:
        return Rejection(Code.LEDGER_EXISTS, f"The ledger {command.name!r} is open already.")
    name = check_ledger_name(command.name)
    return events.LedgerOpened(context.identity("ldg_"), name, command.metadata)


def _register_asset(book: Book, command: commands.RegisterAsset, context: Context) -> Decision:
    if (known := book.asset(command.asset.code)) is not None:
        detail = f"{known.code} is known already, with a scale of {known.scale}."
        return Rejection(Code.ASSET_EXISTS, detail, "/code")
    check_code(command.asset.code)
    return events.AssetRegistered(context.identity("ast_"), command.asset)


def _open_account(book: Book, command: commands.OpenAccount, context: Context) -> Decision:
    if book.asset(command.asset) is None:
        detail = f"There is no asset {command.asset!r} in this ledger."
        return Rejection(Code.ASSET_NOT_FOUND, detail, "/asset")
    if command.path in book.standings:
        return Rejection(Code.PATH_TAKEN, f"{command.path} is open already.", "/path")
    account = Account(
        number=context.sequence,
        id=context.identity("acc_"),
        path=check_path(command.path),
        type=command.type,
        normal_side=command.normal_side or NORMAL_SIDE[command.type],
        asset=command.asset,
        constraints=command.constraints,
        metadata=command.metadata,
        opened_at=context.now,
    )
    return events.AccountOpened(account)


ALLOWED_ACTIONS: dict[AccountStatus, tuple[str, ...]] = {
    AccountStatus.OPEN: ("freeze", "close"),
    AccountStatus.FROZEN: ("unfreeze", "close"),
    AccountStatus.FROZEN_IN: ("freeze", "unfreeze", "close"),
    AccountStatus.FROZEN_OUT: ("freeze", "unfreeze", "close"),
    AccountStatus.CLOSED: (),
}
"""The transition table of an account: what may be done to it in each status."""

_CHANGES: dict[type, tuple[str, Callable[..., events.AccountChanged]]] = {
    commands.FreezeAccount: ("freeze", events.AccountFrozen),
    commands.UnfreezeAccount: ("unfreeze", events.AccountUnfrozen),
    commands.CloseAccount: ("close", events.AccountClosed),
}


def allowed_actions(status: AccountStatus, asked: commands.ChangeAccount) -> tuple[str, ...]:
    """What may be done to an account, as far as a wish is concerned: a freeze must stop more."""
    allowed = ALLOWED_ACTIONS[status]
    if isinstance(asked, commands.FreezeAccount) and asked.flow is status.frozen:
        return tuple(action for action in allowed if action != "freeze")
    return allowed


def _change_account(book: Book, command: commands.ChangeAccount, _context: Context) -> Decision:
    action, event = _CHANGES[type(command)]
    standing = book.standings.get(command.account)
    if standing is None:
        detail = f"There is no account {command.account!r} in this ledger."
        return Rejection(Code.ACCOUNT_NOT_FOUND, detail)
    account, allowed = standing.account, allowed_actions(standing.status, command)
    if action not in allowed:
        detail = f"{account.path} is {standing.status.value}: it cannot be told to {action}."
        facts = {"status": standing.status.value, "allowed_actions": ",".join(allowed)}
        return Rejection(Code.INVALID_STATE, detail, None, facts)
    if action == "close" and not _is_empty(standing.totals):
        return Rejection(
            Code.ACCOUNT_NOT_EMPTY, f"{account.path} has a balance or money under way."
        )
    if isinstance(command, commands.FreezeAccount):
        flow = both_flows(standing.status.frozen, command.flow)
        return event(account.id, account.path, account.number, command.reason, flow)
    return event(account.id, account.path, account.number, command.reason)


def _is_empty(totals: Totals) -> bool:
    """Whether nothing is there and nothing is under way, in either direction."""
    under_way = totals.pending_debits or totals.pending_credits
    return totals.posted_debits == totals.posted_credits and not under_way


_DECIDERS: dict[type, Callable[[Book, Any, Context], Decision]] = {
    commands.OpenLedger: _open_ledger,
    commands.RegisterAsset: _register_asset,
    commands.OpenAccount: _open_account,
    **dict.fromkeys(_CHANGES, _change_account),
    commands.PlaceHold: holding.place,
    **dict.fromkeys(commands.ChangeHold.__args__, holding.change),
    commands.PendTransaction: transacting.pend,
    **dict.fromkeys(commands.ChangeTransaction.__args__, transacting.change),
    commands.SaveDocument: documenting.save,
    commands.ArchiveDocument: documenting.archive,
    commands.ChangeMatter: changing.change_matter,
    commands.SetLimit: governing.set_limit,
    commands.ArchiveLimit: governing.archive_limit,
    commands.OpenPeriod: governing.open_period,
    **dict.fromkeys(commands.ChangePeriod.__args__, governing.change_period),
}


def decide_atomically(
    book: Book, wishes: Sequence[commands.Command], contexts: Callable[[int], Context]
) -> list[events.Event] | tuple[int, Rejection]:
    """All events of a bulk, taken into the book; or the first refused command and why.

    If one is refused, the book is as if the bulk had never been asked for.
    """
    undo = Undo(book)
    done: list[events.Event] = []
    for n, wish in enumerate(wishes):
        decision = decide(book, wish, contexts(n))
        if isinstance(decision, Rejection):
            undo()
            return n, decision
        undo.note(decision)
        evolve(book, decision)
        done.append(decision)
    return done
