"""Small charts for tests, and what is found wrong with them."""

from typing import Any

import pytest

from partita.modules.chart.chart import Chart, read_chart
from partita.modules.chart.errors import ChartInvalid

CUSTOMER = {"type": "liability", "class": "customer"}
FEE = {"type": "income", "class": "fee"}


def document(**accounts: Any) -> dict[str, Any]:
    """A chart's document with these accounts at its root."""
    return {"name": "small", "accounts": accounts}


def chart(accounts: dict[str, Any], **rest: Any) -> Chart:
    """A chart of these accounts."""
    return read_chart({"name": "small", "accounts": accounts, **rest})


def findings(value: Any, *, are_texts: bool = False) -> list[tuple[str, str]]:
    """What is wrong with a document: each place, and what is said of it."""
    with pytest.raises(ChartInvalid) as caught:
        read_chart(value, are_texts=are_texts)
    return [(finding.pointer, finding.detail) for finding in caught.value.findings]


def places(value: Any) -> list[str]:
    """The places at which a document is wrong."""
    return [pointer for pointer, _ in findings(value)]
