"""Facts: what never changes about accounts and assets, and what replies need besides the record.

They make a reply a pure function of the record: the same record is written the same for ever,
which is what an idempotent replay promises.
"""

from collections.abc import Mapping
from typing import NamedTuple

from partita.kernel.account import Side


class Facts(NamedTuple):
    """The normal side of each account by path, the scale of each asset by code."""

    sides: Mapping[str, Side]
    scales: Mapping[str, int]
