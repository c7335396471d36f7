"""What a program does in the library with the chart of accounts."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from partita.engine.ledger import Ledger
from partita.engine.outcome import Refused
from partita.kernel.events import resource_in
from partita.kernel.rejections import Code
from partita.modules.chart.applying import RetireChart, apply_command
from partita.modules.chart.chart import Chart
from partita.modules.chart.document import ChartDocument, read_document
from partita.modules.chart.in_force import InForce, as_it_was, at_version, in_force
from partita.modules.chart.ready import ready_chart
from partita.modules.chart.surveying import Survey, survey
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application, chart_of_file

ChartSource = Chart | ChartDocument | Mapping[str, Any] | Path | str
"""A chart: itself, its document, plain values of one, a file; or the name of a ready one."""


class ChartMethods(Submits):
    """The methods of `LibraryLedger` about the chart of accounts."""

    _application: Application
    _ledger: Ledger

    async def chart(self, version: int | None = None) -> InForce:
        """The chart in force, or an earlier version; the built-in one where there is none.

        Raises:
            NotFound: it never had that version.
        """
        store, info = self._application.store, self._ledger.info
        if version is None:
            return await asyncio.to_thread(in_force, store, info)
        return await asyncio.to_thread(at_version, store, info, version)

    async def survey_chart(self, chart: ChartSource) -> Survey:
        """What a chart would change, in the patterns and for the accounts there are.

        Raises:
            ChartInvalid: no chart can be made of it; `findings` say where.
        """
        after = await asyncio.to_thread(_read, chart)
        return await asyncio.to_thread(survey, self._application.store, self._ledger.info, after)

    async def apply_chart(
        self,
        chart: ChartSource,
        *,
        if_version: int | None = None,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> InForce:
        """Put a chart in force as the next version; the same again changes nothing.

        With `if_version` only if that is the version now; 0 says that there never was one.

        Raises:
            ChartInvalid: no chart can be made of it; `findings` say where.
            Rejected: another version is in force than the one named.
        """
        after = await asyncio.to_thread(_read, chart)
        command = apply_command(after.document, if_version, reason)
        outcome = await self.submit(command, key=key, dry_run=dry_run)
        if isinstance(outcome, Refused) and outcome.rejection.code is Code.DOCUMENT_UNCHANGED:
            return await self.chart()
        return as_it_was(resource_in(record_of(outcome).event))

    async def retire_chart(
        self, *, reason: str | None = None, key: str | None = None, dry_run: bool = False
    ) -> InForce:
        """Take the chart out of force; business places its money by the built-in one again.

        Raises:
            Rejected: the ledger has no chart of its own in force.
        """
        outcome = await self.submit(RetireChart(reason=reason), key=key, dry_run=dry_run)
        return as_it_was(resource_in(record_of(outcome).event))


def _read(chart: ChartSource) -> Chart:
    """The chart that is meant; may read a file.

    Raises:
        ChartInvalid: no chart can be made of it.
        KeyError: there is no ready chart of this name.
    """
    if isinstance(chart, Chart):
        return chart
    if isinstance(chart, ChartDocument):
        return Chart(chart)
    if isinstance(chart, Path):
        return chart_of_file(chart)
    return ready_chart(chart) if isinstance(chart, str) else Chart(read_document(chart))
