"""Reckoning: what came of a scenario, read back from the ledger, and whether everything ties.

Counts and amounts are not those that the scenario kept for itself: they are looked up again, payment
by payment, so that nothing can be told that is not there.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo
from partita.engine.verification import VerificationReport
from partita.kernel.asset import BUILT_IN
from partita.kernel.matters import Matter
from partita.kernel.moment import LATEST, Moment
from partita.modules.chart.chart import Chart
from partita.modules.float.lines import FloatBlock, FloatDoesNotTie
from partita.modules.float.reading import blocks_of
from partita.modules.fx import conversions
from partita.modules.payments.lifecycle import PaymentType, Status
from partita.modules.payments.payment import read_payment
from partita.modules.sagas import saga
from partita.wiring import FullStore

_PAGE = 2_000
_SETTLED_FOR_GOOD = {Status.SETTLED, Status.FAILED, Status.REVERSED, Status.CANCELED}


class Line(msgspec.Struct, frozen=True):
    """How many payments of a type are in a state, and what they come to in minor units."""

    type: str
    state: str
    count: int
    amount: int


class Reckoning(msgspec.Struct, frozen=True):
    """What came of it. `under_way` are payments that wait for a rail, the clock or a verdict."""

    lines: tuple[Line, ...]
    float_blocks: tuple[FloatBlock, ...]
    float_ties: bool
    under_way: int
    sagas_open: int
    sagas: dict[str, int]
    due: int
    verified: bool
    records: int
    entries: int
    verify_seconds: float

    @property
    def ok(self) -> bool:
        """Whether nothing is left open, the float ties, and the journal proves all of it."""
        is_quiet = not (self.under_way or self.sagas_open or self.due)
        return self.float_ties and self.verified and is_quiet


def reckon(
    store: FullStore, info: LedgerInfo, chart: Chart, verification: VerificationReport
) -> Reckoning:
    """Read everything back."""
    lines, under_way = _lines(store, info)
    blocks, ties = _float(store, info, chart)
    counts = Counter(matter.status for matter in _matters(store, info, saga.KIND))
    # Whatever still waits for a moment, however far: nothing may be forgotten in a corner.
    due = store.matters_due(info, Moment(LATEST), _PAGE)
    return Reckoning(
        lines=lines,
        float_blocks=blocks,
        float_ties=ties,
        under_way=under_way,
        sagas_open=sum(counts.get(status.value, 0) for status in saga.OPEN),
        sagas=dict(counts),
        due=len(due),
        verified=verification.ok,
        records=verification.records,
        entries=verification.entries,
        verify_seconds=round(verification.seconds, 2),
    )


def _lines(store: FullStore, info: LedgerInfo) -> tuple[tuple[Line, ...], int]:
    counts: Counter[tuple[str, str]] = Counter()
    amounts: Counter[tuple[str, str]] = Counter()
    under_way = 0
    for type_ in PaymentType:
        for matter in _matters(store, info, type_.value):
            payment = read_payment(matter.body)
            place = type_.value, payment.shown_state
            counts[place] += 1
            amounts[place] += payment.amount
            under_way += payment.status not in _SETTLED_FOR_GOOD
    for matter in _matters(store, info, conversions.KIND):
        place = conversions.KIND, matter.status
        counts[place] += 1
        amounts[place] += conversions.read_conversion(matter).deal.price.source_amount
    lines = tuple(Line(*place, counts[place], amounts[place]) for place in sorted(counts))
    return lines, under_way


def _matters(store: FullStore, info: LedgerInfo, kind: str) -> Iterator[Matter]:
    """Every matter of a kind, a page in memory at a time."""
    before, which = None, ResourceFilter(kind)
    while page := store.resources(info, which, before, _PAGE):
        for resource in page:
            assert isinstance(resource, Matter), "kinds of business are kept as matters"
            yield resource
        before = page[-1].number


def _float(store: FullStore, info: LedgerInfo, chart: Chart) -> tuple[tuple[FloatBlock, ...], bool]:
    scales = {code: asset.scale for code, asset in BUILT_IN.items()}
    found = ((standing.account, totals) for standing, totals in store.trial_balance(info, None))
    try:
        blocks = blocks_of(found, chart, scales)
    except FloatDoesNotTie:
        return (), False
    return blocks, all(block.difference == 0 and block.unclassified == 0 for block in blocks)


def shape(reckoning: Reckoning) -> dict[str, Any]:
    """The reckoning for programs: amounts as text, as everywhere."""
    return {
        "payments_by_state": [
            {
                "type": line.type,
                "state": line.state,
                "count": line.count,
                "amount": str(line.amount),
            }
            for line in reckoning.lines
        ],
        "float": [
            {
                "asset": block.asset,
                "customers": str(block.customers),
                "custody": str(block.custody),
                "in_transit": str(block.in_transit),
                "awaiting": str(block.awaiting),
                "others": str(block.others),
                "own": str(block.own),
                "difference": str(block.difference),
            }
            for block in reckoning.float_blocks
        ],
        "float_ties": reckoning.float_ties,
        "under_way": reckoning.under_way,
        "sagas_open": reckoning.sagas_open,
        "sagas": reckoning.sagas,
        "due": reckoning.due,
        "verified": reckoning.verified,
        "records": reckoning.records,
        "entries": reckoning.entries,
        "verify_seconds": reckoning.verify_seconds,
    }
