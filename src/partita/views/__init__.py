"""THE READING: one file per read model, each a pure projection of records into rows.

Drop a view, replay the journal, and it is back, equal. The three here are inline: their rows
commit with the records that they come from. `INLINE` lists them.
"""

from partita.views.assets import ASSETS
from partita.views.chart import CHART
from partita.views.register import REGISTER
from partita.views.resources import RESOURCES

INLINE = (REGISTER, CHART, ASSETS, RESOURCES)
"""The views whose rows are written in the same commit as the records, and are never behind."""

__all__ = ["ASSETS", "CHART", "INLINE", "REGISTER", "RESOURCES"]
