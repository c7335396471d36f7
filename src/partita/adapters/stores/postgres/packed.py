"""A draft in the form that this store sends, made before the lock is taken.

A large draft goes by COPY: two streams, the cheapest way for thousands of rows. A small one goes
as arrays that the server unnests, since then the whole commit is one round trip; with a few dozen
rows, waiting for the server costs more than the rows do.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from partita.adapters.stores.postgres import arrays, rows
from partita.adapters.stores.postgres.packing import entry_rows, journal_rows
from partita.engine.ports import Draft, LedgerInfo
from partita.journal.encoding import encode_value
from partita.kernel.account import Account, AccountStatus
from partita.views import ASSETS, CHART, RESOURCES
from partita.views.chart import AccountAdded

MOST_AS_ARRAYS = 128
"""Records up to which a draft goes as arrays; measured, and flat around this figure."""

Statement = tuple[str, dict[str, Any]]


class Packed(msgspec.Struct, frozen=True):
    """Two COPY streams or some array statements, the rare rows, and the head to move to, if any."""

    base: dict[str, Any]
    head: dict[str, Any] | None
    journal: bytes | None = None
    entries: bytes | None = None
    arrays: tuple[Statement, ...] = ()
    rare: tuple[Statement, ...] = ()

    @property
    def is_one_round_trip(self) -> bool:
        """Whether all of it can go behind the lock without waiting for the lock's answer."""
        return self.journal is None and not self.rare


def pack(ledger: LedgerInfo, draft: Draft) -> Packed:
    """Everything about a draft that can be worked out before the lock is taken."""
    number, old, new = ledger.number, draft.base, draft.head
    base = {"ledger_id": number, "base_root": old.root, "base_outcomes": old.outcomes}
    head = {
        **base,
        "sequence": new.sequence,
        "recorded_at": rows.to_time(new.recorded_at),
        "frontier": new.frontier,
        "root": new.root,
        "outcomes": new.outcomes,
        "answers": new.answers,
    }
    if draft.is_empty:
        return Packed(base, None)
    rare = tuple(_rare_rows(number, draft))
    changes = (*arrays.moves(base, draft), *_resources(base, draft), *_usages(base, draft))
    if len(draft.records) <= MOST_AS_ARRAYS:
        made = (*arrays.statements(base, draft), *changes)
        return Packed(base, head, arrays=made, rare=rare)
    journal, entries = journal_rows(number, draft), entry_rows(number, draft)
    return Packed(base, head, journal, entries, changes, rare)


def _usages(base: dict[str, Any], draft: Draft) -> Iterator[Statement]:
    """What is used of velocity limits afterwards, where there are any."""
    if draft.usages:
        yield (
            "keep_usages",
            {
                **base,
                "limits": [usage.limit for usage in draft.usages],
                "subjects": [usage.subject for usage in draft.usages],
                "bodies": [encode_value(usage) for usage in draft.usages],
                "amounts": [str(usage.kept[0]) for usage in draft.usages],
                "uses": [usage.kept[1] for usage in draft.usages],
            },
        )


def _resources(base: dict[str, Any], draft: Draft) -> Iterator[Statement]:
    """What the draft's records leave behind of resources: each once, as the last one left it."""
    changes = list(RESOURCES.project(draft.others))
    if not changes:
        return
    last = {(c.resource.kind, c.resource.id): c.resource for c in changes}.values()
    yield "keep_resources", {**base, **arrays.resources(last)}
    yield "insert_resource_changes", {**base, **arrays.changes(changes)}


def _rare_rows(number: int, draft: Draft) -> Iterator[Statement]:
    """Query and values for each row that is not a record or an entry."""
    others = draft.others
    for change in CHART.project(others):
        if isinstance(change, AccountAdded):
            yield "insert_account", _opened(number, change.account)
        else:
            status = change.status.value
            yield "change_account", {"ledger_id": number, "number": change.number, "status": status}
    for asset in ASSETS.project(others):
        yield "insert_asset", {"ledger_id": number, "code": asset.code, "body": encode_value(asset)}
    for place, key, _outcome, body, leaf, recorded_at in draft.outcomes:
        yield (
            "insert_outcome",
            {
                "ledger_id": number,
                "key": key,
                "recorded_at": rows.to_time(recorded_at),
                "body": body,
                "place": place,
                "leaf": leaf,
            },
        )


def _opened(number: int, account: Account) -> dict[str, Any]:
    return {
        "ledger_id": number,
        "number": account.number,
        "id": account.id,
        "path": account.path,
        "type": account.type.value,
        "normal_side": account.normal_side.value,
        "asset": account.asset,
        "status": AccountStatus.OPEN.value,
        "opening": encode_value(account),
    }
