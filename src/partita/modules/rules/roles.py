"""Roles of rules: from where and to where they move, found in the chart of accounts.

`source` and `destination` are the payment's own parties, which whoever runs the payment knows.
All else is a place of the house by the chart (`modules/chart/roles.py`): `rewards`, or, where the
chart tells kinds apart, `fees/card`. Customers' and rails' accounts are no business of rules.
"""

from partita.kernel.asset import check_code
from partita.modules.chart.chart import Chart
from partita.modules.chart.errors import RoleNotInChart
from partita.modules.chart.pattern import is_segment
from partita.modules.chart.roles import ASSET, ROLES
from partita.modules.rules.errors import RuleFailed

SOURCE, DESTINATION = "source", "destination"
PARTIES = (SOURCE, DESTINATION)
_KIND, _USUAL_KIND = "kind", "general"
_HOUSE = {role: variables for role, variables in ROLES.items() if set(variables) <= {_KIND, ASSET}}


def role(text: str) -> str:
    """A role as moves spell it; `fees:card`, as an account would be written, is `fees/card`.

    >>> role("fees:card")
    'fees/card'

    Raises:
        ValueError: there is no such role, or none that rules may name.
    """
    name, slash, kind = text.replace(":", "/").partition("/")
    if name in PARTIES and not slash:
        return name
    if name not in _HOUSE:
        known = ", ".join((*PARTIES, *_HOUSE))
        raise ValueError(f"there is no role {name[:60]!r} for rules; there are {known}")
    if slash and (_KIND not in _HOUSE[name] or not is_segment(kind)):
        raise ValueError(f"{name} has no kind {kind[:60]!r}")
    return f"{name}/{kind}" if slash else name


def place_of(chart: Chart, role: str, asset: str) -> str:
    """The path of the account that a role of a move is, by the chart; not for the parties.

    Raises:
        RuleFailed: the chart has no such place.
    """
    name, _, kind = role.partition("/")
    assert name in _HOUSE, "the parties are known to whoever runs the payment"
    variables = {ASSET: check_code(asset)}
    if _KIND in _HOUSE[name]:
        variables[_KIND] = kind or _USUAL_KIND
    try:
        return chart.place(name, **variables)
    except RoleNotInChart as error:
        raise RuleFailed(str(error)) from None
