"""Transferring: the plain transfer, the most used of all payments, by the shortest way.

A transfer at once, without parts, while no rule is in force: two postings and the payment. It makes
the very facts that the general way makes (a test compares them), without asking a table at each step
for what is known beforehand. Everything else goes the general way.
"""

from collections.abc import Callable

from partita.engine.business import Desk, Steps
from partita.kernel.account import Side
from partita.kernel.amount import LARGEST
from partita.kernel.commands import ChangeMatter, PostTransaction
from partita.kernel.posting import Posting
from partita.kernel.rejections import Rejection
from partita.modules.payments.acts import CreateTransfer
from partita.modules.payments.lifecycle import PaymentType, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.moving import LINK
from partita.modules.payments.parties import party_of
from partita.modules.payments.payment import Payment, body_of

_ROW = LIFECYCLES[PaymentType.TRANSFER].transition(None, Verb.POST)
_KIND, _PREFIX = PaymentType.TRANSFER.value, LIFECYCLES[PaymentType.TRANSFER].prefix
assert _ROW is not None, "a transfer can be posted"
_EVENT, _STATE, _STATUS = f"{_KIND}.{_ROW.event}", _ROW.to_state, _ROW.to_state.value
General = Callable[[Desk, CreateTransfer], Steps]


def transfer(general: General, desk: Desk, act: CreateTransfer) -> Steps:
    """Decide a transfer: by the shortest way if it is plain, else by the general one."""
    source = party_of(desk, act.source, act.asset, "/source")
    destination = party_of(desk, act.destination, act.asset, "/destination")
    is_plain = act.begin is Verb.POST and not act.splits and 1 <= act.amount <= LARGEST
    if (
        not is_plain
        or isinstance(source, Rejection)
        or isinstance(destination, Rejection)
        or source.account == destination.account
        or act.scheduled_at is not None
        or desk.standing("rule")
    ):
        return (yield from general(desk, act))
    identifier, amount, asset = desk.identity(_PREFIX), act.amount, act.asset
    postings = (
        Posting(source.account, Side.DEBIT, amount, asset),
        Posting(destination.account, Side.CREDIT, amount, asset),
    )
    posted = yield PostTransaction(postings, _KIND, metadata={LINK: identifier})
    payment = Payment(
        id=identifier, type=PaymentType.TRANSFER, state=_STATE, amount=amount, asset=asset,
        source=source, destination=destination, transactions=(posted.id,), reason=act.reason,
        metadata=act.metadata, external_id=act.external_id, created_at=desk.now,
    )  # fmt: skip
    yield ChangeMatter(
        type=_EVENT, kind=_KIND, status=_STATUS, body=body_of(payment), id=identifier,
        is_new=True, about=source.wallet, external_id=act.external_id,
        account_paths=(source.account, destination.account), reason=act.reason,
        facts={"verb": "post", "amount": str(amount)},
    )  # fmt: skip
    return None
