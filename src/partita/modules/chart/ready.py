"""The charts that come ready made: files of this package, read once and kept."""

from functools import cache
from importlib import resources

from partita.engine.plain_documents import parse_yaml
from partita.modules.chart.chart import Chart, read_chart

READY = ("neobank", "marketplace", "loyalty", "remittance")
BUILT_IN = "neobank"
"""The chart by which business places money where a ledger has no chart of its own."""


def ready_text(name: str) -> str:
    """The file of a ready chart, as it is written, with its comments.

    Raises:
        KeyError: there is no ready chart of this name.
    """
    if name not in READY:
        raise KeyError(name)
    folder = resources.files("partita.modules.chart") / "ready"
    return (folder / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def ready_chart(name: str = BUILT_IN) -> Chart:
    """A ready chart.

    Raises:
        KeyError: there is no ready chart of this name.
    """
    return read_chart(parse_yaml(ready_text(name)), are_texts=True)
