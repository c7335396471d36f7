"""Applying a chart, and taking it out of force: business commands on the one chart of a ledger."""

from typing import ClassVar

import msgspec

from partita.engine.business import Act, Deciders, Desk, Named, Steps
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.chart import Chart
from partita.modules.chart.comparing import compare
from partita.modules.chart.document import ChartDocument, canonical
from partita.modules.chart.errors import ChartInvalid
from partita.modules.chart.in_force import (
    ACTIVE,
    KIND,
    NAME,
    PREFIX,
    RETIRED,
    TITLE,
    compiled,
    own_chart,
)


class _ChangeChart(Act, frozen=True):
    """What both share: they are about the one chart of the ledger."""

    def names(self, named: Named) -> None:
        """Note the chart."""
        named.titles[NAME] = None


class ApplyChart(_ChangeChart, frozen=True, tag="chart.apply"):
    """Put a chart in force; `body` is its canonical document.

    With `if_version`, only if that is the version now: 0 where there never was one.
    """

    operation: ClassVar[str] = "chart_of_accounts"

    body: str
    if_version: int | None = None
    reason: str | None = None


class RetireChart(_ChangeChart, frozen=True, tag="chart.retire"):
    """Take the chart out of force; accounts stay as they are."""

    operation: ClassVar[str] = "chart_of_accounts/retire"

    if_version: int | None = None
    reason: str | None = None


def apply_command(
    document: ChartDocument, if_version: int | None = None, reason: str | None = None
) -> ApplyChart:
    """The command that puts this document in force.

    Raises:
        ChartInvalid: no chart can be made of it.
    """
    Chart(document)
    return ApplyChart(canonical(document), if_version, reason)


def _apply(desk: Desk, command: ApplyChart) -> Steps:
    before = desk.titled(KIND, TITLE)
    if (moved := _moved(before, command.if_version)) is not None:
        return moved
    if before is not None and (before.status, before.body) == (ACTIVE, command.body):
        detail = f"Version {before.version} of the chart says exactly this."
        facts = {"existing_resource_id": before.id}
        return Rejection(Code.DOCUMENT_UNCHANGED, detail, None, facts)
    try:
        after = compiled(command.body, 1 if before is None else before.version + 1)
    except (ChartInvalid, msgspec.MsgspecError) as error:
        return Rejection(Code.CHART_CONFLICT, f"No chart can be made of it: {error}.", "/document")
    yield ChangeMatter(
        type="chart.applied", kind=KIND, id=None if before is None else before.id, prefix=PREFIX,
        status=ACTIVE, title=TITLE, body=command.body, reason=command.reason,
        facts=_facts(own_chart(desk), after),
    )  # fmt: skip
    return None


def _retire(desk: Desk, command: RetireChart) -> Steps:
    before = desk.titled(KIND, TITLE)
    if (moved := _moved(before, command.if_version)) is not None:
        return moved
    if before is None or before.status != ACTIVE:
        detail = "The ledger has no chart of its own in force."
        return Rejection(Code.INVALID_STATE, detail, None, {"allowed_actions": "apply"})
    yield ChangeMatter(
        type="chart.retired", kind=KIND, id=before.id, status=RETIRED, title=TITLE,
        body=before.body, reason=command.reason,
    )  # fmt: skip
    return None


def _moved(before: Matter | None, if_version: int | None) -> Rejection | None:
    version = 0 if before is None else before.version
    if if_version in (None, version):
        return None
    detail = f"The chart is at version {version}, not {if_version}."
    return Rejection(Code.VERSION_CONFLICT, detail, "/if_version", {"version": str(version)})


def _facts(before: Chart | None, after: Chart) -> dict[str, str]:
    difference = compare(before, after)
    return {
        "name": after.document.name,
        "added": str(len(difference.added)),
        "removed": str(len(difference.removed)),
        "changed": str(len({change.path for change in difference.changed})),
    }


DECIDERS: Deciders = {ApplyChart: _apply, RetireChart: _retire}
