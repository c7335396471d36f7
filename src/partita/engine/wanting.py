"""What commands name: the accounts, resources and the rest that must be known to decide them.

One row for each kind of command. Whatever a resource itself leads to (a hold's account, the
accounts of a transaction's legs) the store brings along with it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from partita.kernel import commands
from partita.kernel.documents import document_name

_WithPostings = commands.PostTransaction | commands.PendTransaction | commands.CaptureHold


class Named(NamedTuple):
    """What a batch names: each account, asset, resource and document once, in order."""

    accounts: dict[str, None]
    assets: dict[str, None]
    resources: dict[str, None]
    documents: dict[str, None]
    external_ids: list[str]


def name(command: commands.Command, named: Named) -> None:
    """Note what a command names."""
    _NAMES[type(command)](command, named)
    external_id = getattr(command, "external_id", None)
    if external_id is not None:
        named.external_ids.append(external_id)


def _nothing(_command: Any, _named: Named) -> None:
    """A ledger is opened before there is anything to name; its own rules are always known."""


def _opening(command: commands.OpenAccount, named: Named) -> None:
    named.accounts[command.path] = named.assets[command.asset] = None


def _asset(command: commands.RegisterAsset, named: Named) -> None:
    named.assets[command.asset.code] = None


def _account(command: commands.ChangeAccount | commands.PlaceHold, named: Named) -> None:
    named.accounts[command.account] = None


def _hold(command: commands.ChangeHold, named: Named) -> None:
    named.resources[command.hold] = None


def _capture(command: commands.CaptureHold, named: Named) -> None:
    _hold(command, named)
    _postings(command, named)
    if command.destination is not None:
        named.accounts[command.destination] = None


def _postings(command: _WithPostings, named: Named) -> None:
    named.accounts.update(dict.fromkeys(posting.account for posting in command.postings))


def _transaction(command: commands.ChangeTransaction, named: Named) -> None:
    named.resources[command.transaction] = None


def _edit(command: commands.EditTransaction, named: Named) -> None:
    _transaction(command, named)
    named.accounts.update(dict.fromkeys(p.account for p in command.postings or ()))


def _limited_asset(command: commands.SetLimit, named: Named) -> None:
    named.assets[command.asset] = None


def _document(command: commands.SaveDocument | commands.ArchiveDocument, named: Named) -> None:
    named.documents[document_name(command.topic, command.title)] = None


_NAMES: dict[type, Callable[[Any, Named], None]] = {
    commands.OpenLedger: _nothing,
    commands.RegisterAsset: _asset,
    commands.OpenAccount: _opening,
    **dict.fromkeys(commands.ChangeAccount.__args__, _account),
    commands.PostTransaction: _postings,
    commands.PendTransaction: _postings,
    **dict.fromkeys(commands.ChangeTransaction.__args__, _transaction),
    commands.EditTransaction: _edit,
    commands.PlaceHold: _account,
    **dict.fromkeys(commands.ChangeHold.__args__, _hold),
    commands.CaptureHold: _capture,
    commands.SaveDocument: _document,
    commands.ArchiveDocument: _document,
    commands.SetLimit: _limited_asset,
    commands.ArchiveLimit: _nothing,
    commands.OpenPeriod: _nothing,
    **dict.fromkeys(commands.ChangePeriod.__args__, _nothing),
}
