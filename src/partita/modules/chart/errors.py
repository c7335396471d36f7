"""What goes wrong with charts: each failure has a code, and names every guilty place at once.

ChartError
├─ ChartInvalid      the document cannot be a chart                    mend the document
└─ RoleNotInChart    the chart in force has no place for what is due   give a pattern that role
"""

from enum import Enum
from typing import NamedTuple

from partita.engine.business import RaisedRejection
from partita.engine.plain_documents import DocumentError
from partita.kernel.rejections import Code, Rejection


class ChartCode(Enum):
    """Stable names of what can be wrong with a chart or its use."""

    INVALID = "chart_invalid"
    ROLE_MISSING = "chart_role_missing"


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
    ChartCode.ROLE_MISSING: ChartMeaning(
        "The chart in force has no account for this role",
        "Apply a chart with a pattern of this role: `partita chart show`, `partita chart apply`.",
    ),
}
"""The cause and the mend of each code; complete by test."""


class ChartError(DocumentError):
    """Something is wrong with a chart or its use; `findings` say where. Nothing has moved."""

    code: ChartCode

    @property
    def mend(self) -> str:
        """How to mend it."""
        return CHART_MEANINGS[self.code].fix


class ChartInvalid(ChartError):
    """The document cannot be a chart."""

    code = ChartCode.INVALID


class RoleNotInChart(ChartError, RaisedRejection):
    """The chart has no pattern of this role that what is known would fill."""

    code = ChartCode.ROLE_MISSING

    @property
    def rejection(self) -> Rejection:
        """What a decision is answered that needs this place."""
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, self.detail)
