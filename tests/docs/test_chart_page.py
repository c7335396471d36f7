"""The page on the chart of accounts names every role, with its variables, and every ready chart."""

import re

import pytest

from partita.modules.chart.ready import READY
from partita.modules.chart.roles import ASSET, ROLES
from tests.docs.fences import ROOT

PAGE = (ROOT / "docs" / "chart.md").read_text(encoding="utf-8")
ROWS = [line.split("|") for line in PAGE.splitlines() if line.startswith("| `")]


def variables_told(role: str) -> str | None:
    """What the page says of a role's variables; None if it has no row."""
    kind = role.removeprefix("wallet")
    for row in ROWS:
        if role in re.findall(r"`([^`]+)`", row[1]) or (
            kind != role and kind in re.findall(r"`([^`]+)`", row[1])
        ):
            return row[2]
    return None


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_row(role: str) -> None:
    told = variables_told(role)
    assert told is not None, f"docs/chart.md says nothing of the role {role}"
    for variable in ROLES[role]:
        assert variable in told, f"{role} has the variable {variable}"
    assert ASSET in told


@pytest.mark.parametrize("name", READY)
def test_every_ready_chart_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_a_role_that_is_not_there_has_no_row() -> None:
    assert variables_told("nowhere") is None
