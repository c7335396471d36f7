"""How registers are cut into blocks, and blocks into pages; chosen by measuring (decision 0024)."""

from typing import Any

import msgspec

FAN_OUT = 4
"""How many blocks of one level make one of the next; the queries say it as shifts by 2 bits."""


class Geometry(msgspec.Struct, frozen=True):
    """Sizes, in entries, and the top level. Tests take tiny ones, so that short registers have all.

    Blocks that were built by other sizes must be dropped first. The index `entry_block_end` knows
    the usual `block_entries`; with others the due blocks are looked for in the whole register.
    """

    block_entries: int = 4_096
    mark_entries: int = 64
    page_entries: int = 32
    top_level: int = 4

    def __post_init__(self) -> None:
        """Marks divide a block evenly."""
        assert self.block_entries % self.mark_entries == 0, "marks divide a block"

    def width_entries(self, level: int) -> int:
        """How many entries a block of this level holds."""
        return self.block_entries * int(FAN_OUT**level)

    def values(self) -> dict[str, Any]:
        """As the queries name them."""
        return msgspec.structs.asdict(self)


USUAL = Geometry()
