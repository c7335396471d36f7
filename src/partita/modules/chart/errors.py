"""What goes wrong with charts.

ChartInvalid      the document cannot be a chart; all its mistakes at once   mend the document
RoleNotInChart    the chart in force has no place for what is due            give a pattern that role
"""

from enum import Enum
from typing import NamedTuple

from partita.engine.business import RaisedRejection
from partita.engine.errors import PartitaError
from partita.engine.plain_documents import DocumentError
from partita.kernel.rejections import Code, Rejection


class ChartCode(Enum):
    """Stable names of what can be wrong with a chart before the rules are asked."""

    INVALID = "chart_invalid"


class ChartMeaning(NamedTuple):
    """What a code says in general: one sentence of cause, one of mend."""

    title: str
    fix: str


CHART_MEANINGS: dict[ChartCode, ChartMeaning] = {
    ChartCode.INVALID: ChartMeaning(
        "The document is not a chart of accounts",
        "Mend each place that `errors` points at; docs/chart.md explains the form."
        " `partita chart validate FILE` says the same without a server.",
    ),
}
"""The cause and the mend of each code; complete by test."""


class ChartInvalid(DocumentError):
    """The document cannot be a chart."""

    code = ChartCode.INVALID

    @property
    def mend(self) -> str:
        """How to mend it."""
        return CHART_MEANINGS[self.code].fix


class RoleNotInChart(PartitaError, RaisedRejection):
    """The chart has no pattern of this role that what is known would fill."""

    @property
    def rejection(self) -> Rejection:
        """What a decision is answered that needs this place."""
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, str(self))
