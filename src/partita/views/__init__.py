"""THE READING: one file per read model, each a pure projection of records into rows.

Drop a view, replay the journal, and it is back, equal. `INLINE` lists those whose rows commit with
the records that they come from; `TRAILING` those that follow a moment behind. A new view is a file
here and a word in one of the lists.
"""

from partita.engine.trailing.ports import AnyView
from partita.views.activity import ACTIVITY
from partita.views.assets import ASSETS
from partita.views.chart import CHART
from partita.views.hold_exposure import HOLD_EXPOSURE
from partita.views.movers import MOVERS
from partita.views.register import REGISTER
from partita.views.resources import RESOURCES
from partita.views.search import SEARCH
from partita.views.volumes import VOLUMES
from partita.views.wallet_balances import WALLET_BALANCES

INLINE = (REGISTER, CHART, ASSETS, RESOURCES)
"""The views whose rows are written in the same commit as the records, and are never behind."""
TRAILING: tuple[AnyView, ...] = (
    WALLET_BALANCES,
    VOLUMES,
    MOVERS,
    ACTIVITY,
    HOLD_EXPOSURE,
    SEARCH,
)
"""The views that are kept up by a cursor of their own (`engine.trailing.follower`)."""

__all__ = ["ASSETS", "CHART", "INLINE", "REGISTER", "RESOURCES", "TRAILING"]
