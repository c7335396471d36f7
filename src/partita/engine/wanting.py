"""What commands name: the accounts, resources and the rest that must be known to decide them.

One row for each kind of command. Whatever a resource itself leads to (a hold's account, the
accounts of a transaction's legs) the store brings along with it.
"""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import msgspec

from partita.kernel import commands
from partita.kernel.documents import document_name
from partita.kernel.matters import matter_name

_WithPostings = commands.PostTransaction | commands.PendTransaction | commands.CaptureHold


class Named(NamedTuple):
    """What a batch names: each account, asset, resource and document once, in order.

    `titles` are the names by which matters are found, `kind/title`.
    """

    accounts: dict[str, None]
    assets: dict[str, None]
    resources: dict[str, None]
    documents: dict[str, None]
    external_ids: list[str]
    titles: dict[str, None]

    @classmethod
    def nothing(cls) -> "Named":
        """Nothing named yet."""
        return cls({}, {}, {}, {}, [], {})


class Act(msgspec.Struct, frozen=True, gc=False, tag_field="command"):
    """A business command: what a module does, by kernel commands that stand or fall together.

    `operation` is what its keys count within, such as `payments/capture`.
    """

    operation: ClassVar[str]

    def names(self, named: Named) -> None:
        """Note what it names, so that a whole batch is looked up at once; the rest follows by itself."""


Command = commands.Command | Act


def name(command: Command, named: Named) -> None:
    """Note what a command names."""
    if isinstance(command, Act):
        command.names(named)
    else:
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


def _matter(command: commands.ChangeMatter, named: Named) -> None:
    if command.id is not None and not command.is_new:
        named.resources[command.id] = None
    if command.title is not None:
        named.titles[matter_name(command.kind, command.title)] = None


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
    commands.ChangeMatter: _matter,
    commands.SetLimit: _limited_asset,
    commands.ArchiveLimit: _nothing,
    commands.OpenPeriod: _nothing,
    **dict.fromkeys(commands.ChangePeriod.__args__, _nothing),
}
