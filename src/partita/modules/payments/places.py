"""Places: which account plays a role in a payment, by its parties and the chart of accounts."""

from partita.engine.business import Desk, RaisedRejection
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.chart import Chart
from partita.modules.chart.in_force import chart_of
from partita.modules.payments.acts import BOOK_RAIL
from partita.modules.payments.lifecycle import Role
from partita.modules.payments.payment import Party, Payment

_BY_RAIL = frozenset({"custody", "in_transit", "awaiting", "clearing"})
_BY_KIND = frozenset({"fees", "taxes"})


class NoPlace(RaisedRejection):
    """No account could be called what the place of a payment's money would be called."""

    @property
    def rejection(self) -> Rejection:
        """What the decision is answered that needs this place."""
        return Rejection(Code.ACCOUNT_OUTSIDE_CHART, f"There is no such place: {self}.")


def chart_in_force(desk: Desk) -> Chart:
    """The chart by which business places its money."""
    return chart_of(desk)


def place(payment: Payment, chart: Chart, role: Role) -> str:
    """The path of the account that plays a role in this payment.

    Raises:
        NoPlace: what tells it apart cannot stand in a path.
        RoleNotInChart: the chart has no place for it.
    """
    stand_in = payment.stand_ins.get(role)
    if stand_in is not None:
        role = stand_in
    if role is Role.SOURCE:
        return _account(payment.source, role)
    if role is Role.DESTINATION:
        return _account(payment.destination, role)
    if role is Role.IN_TRANSIT and payment.in_transit is not None:
        return payment.in_transit
    return house_account(chart, role.value, payment.kind, payment.asset, payment.rail)


def _account(party: Party | None, role: Role) -> str:
    assert party is not None, f"a payment whose step moves money of its {role.value} has one"
    return party.account


def house_account(chart: Chart, role: str, kind: str, asset: str, rail: str | None) -> str:
    """The path of an account of the chart for a role, told apart by what that role is told apart by.

    Raises:
        NoPlace: what tells it apart cannot stand in a path.
        RoleNotInChart: the chart has no place for it.
    """
    variables = {"asset": asset}
    if role in _BY_RAIL:
        variables["rail"] = rail or BOOK_RAIL
    elif role in _BY_KIND:
        variables["kind"] = kind
    try:
        return chart.place(role, **variables)
    except ValueError as error:
        raise NoPlace(str(error)) from None
