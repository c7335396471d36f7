"""The flows that there are. Each is a table: what to ask for, when it is done, what takes it back.

Parties are named as payments name them: by a wallet's id or the path of an account.
"""

from partita.journal.record import Record
from partita.kernel.events import resource_in
from partita.kernel.matters import Matter
from partita.modules.fx.conversions import Convert, ReverseConversion, read_conversion
from partita.modules.fx.deal import Terms
from partita.modules.ledger_transfers.transfer import Order
from partita.modules.payments.acts import Advance, CreateDeposit, CreateTransfer, CreateWithdrawal
from partita.modules.payments.lifecycle import Verb
from partita.modules.sagas.flow import (
    Argument,
    Ask,
    Flow,
    Flows,
    Result,
    Scene,
    Send,
    Step,
    Until,
    given_id,
)

_DAY_SECONDS = 86_400
RAIL_SECONDS, DEPOSIT_SECONDS = 3 * _DAY_SECONDS, 7 * _DAY_SECONDS
"""How long a rail may take to settle what goes out, and what is announced may take to come."""
_SETTLED, _NOT_SETTLED = frozenset({"settled"}), frozenset({"failed", "canceled", "returned"})
_AVAILABLE, _NEVER_CAME = frozenset({"available"}), frozenset({"failed", "returned"})

_RAIL = Argument("rail", "the rail that carries it out")
_BENEFICIARY = Argument("beneficiary", "who gets it, in the rail's own words")
_AMOUNT = Argument("amount", "in minor units of the asset", is_amount=True)


def _withdrawn(scene: Scene, ledger: str | None = None) -> Until:
    """Until the rail has settled the withdrawal, or it has failed."""
    withdrawal = scene.results["withdraw"]["id"]
    return Until("withdrawal", withdrawal, _SETTLED, _NOT_SETTLED, ledger)


def _cancel_withdrawal(scene: Scene, ledger: str | None = None) -> Ask:
    """Cancel it, which can be done until the rail has it."""
    withdrawal = scene.results["withdraw"]["id"]
    return Ask(Advance(payment=withdrawal, verb=Verb.CANCEL, reason="its saga gave up"), ledger)


# Convert, then withdraw what was got.


def _convert(scene: Scene) -> Ask:
    asked = scene.arguments
    terms = Terms(
        source=asked["source"],
        destination=asked["destination"],
        source_asset=asked["source_asset"],
        target_asset=asked["target_asset"],
        amount=int(asked["amount"]),
    )
    return Ask(Convert(terms, metadata={"saga": scene.saga}))


def _what_was_got(record: Record) -> Result:
    matter = resource_in(record.event)
    assert isinstance(matter, Matter), "a conversion is kept as a matter"
    deal = read_conversion(matter).deal
    return {
        "id": matter.id,
        "account": deal.places.target,
        "amount": str(deal.price.target_amount),
        "asset": deal.target_asset,
    }


def _convert_back(scene: Scene) -> Ask:
    conversion = scene.results["convert"]["id"]
    return Ask(ReverseConversion(conversion, "its saga gave up"))


def _withdraw_converted(scene: Scene) -> Ask:
    asked, got = scene.arguments, scene.results["convert"]
    return Ask(
        CreateWithdrawal(
            source=got["account"],
            amount=int(got["amount"]),
            asset=got["asset"],
            rail=asked["rail"],
            beneficiary=asked["beneficiary"],
            metadata={"saga": scene.saga},
        )
    )


CONVERT_AND_WITHDRAW = Flow(
    name="convert_and_withdraw",
    sentence="Exchange money, then pay what was got out by a rail. Undone: exchanged back at the"
    " original rate.",
    arguments=(
        Argument("source", "whose money"),
        Argument("destination", "through whose wallet or account what was got goes out"),
        Argument("source_asset", "the asset that is given"),
        Argument("target_asset", "the asset that goes out"),
        _AMOUNT,
        _RAIL,
        _BENEFICIARY,
    ),
    steps=(
        Step(name="convert", do=_convert, undo=_convert_back, reads=_what_was_got),
        Step(
            name="withdraw", do=_withdraw_converted, until=_withdrawn, undo=_cancel_withdrawal,
            deadline_seconds=RAIL_SECONDS,
        ),
    ),
)  # fmt: skip


# Move to another ledger, then withdraw there.


def _move(scene: Scene) -> Send:
    asked = scene.arguments
    return Send(
        Order(
            source_ledger=scene.ledger,
            destination_ledger=asked["destination_ledger"],
            source=asked["source"],
            destination=asked["destination"],
            amount=int(asked["amount"]),
            asset=asked["asset"],
            metadata={"saga": scene.saga},
        )
    )


def _move_back(scene: Scene) -> Send:
    asked = scene.arguments
    return Send(
        Order(
            source_ledger=asked["destination_ledger"],
            destination_ledger=scene.ledger,
            source=asked["destination"],
            destination=asked["source"],
            amount=int(asked["amount"]),
            asset=asked["asset"],
            metadata={"saga": scene.saga},
        )
    )


def _withdraw_there(scene: Scene) -> Ask:
    asked = scene.arguments
    withdrawal = CreateWithdrawal(
        source=asked["destination"],
        amount=int(asked["amount"]),
        asset=asked["asset"],
        rail=asked["rail"],
        beneficiary=asked["beneficiary"],
        metadata={"saga": scene.saga},
    )
    return Ask(withdrawal, asked["destination_ledger"])


LEDGER_TRANSFER_AND_WITHDRAW = Flow(
    name="ledger_transfer_and_withdraw",
    sentence="Move money to another ledger, then pay it out there by a rail. Undone: moved back.",
    is_across=True,
    arguments=(
        Argument("source", "whose money, an account of this ledger"),
        Argument("destination_ledger", "the ledger that pays it out"),
        Argument("destination", "an account of that ledger, through which it goes"),
        Argument("asset", "of both ledgers"),
        _AMOUNT,
        _RAIL,
        _BENEFICIARY,
    ),
    steps=(
        Step(name="move", do=_move, undo=_move_back),
        Step(
            name="withdraw",
            do=_withdraw_there,
            until=lambda scene: _withdrawn(scene, scene.arguments["destination_ledger"]),
            undo=lambda scene: _cancel_withdrawal(scene, scene.arguments["destination_ledger"]),
            deadline_seconds=RAIL_SECONDS,
        ),
    ),
)


# Collect, then pay a merchant.


def _announce(scene: Scene) -> Ask:
    asked = scene.arguments
    return Ask(
        CreateDeposit(
            destination=asked["payer"],
            amount=int(asked["amount"]),
            asset=asked["asset"],
            begin=Verb.RECEIVE,
            rail=asked["rail"],
            end_to_end_id=asked["end_to_end_id"],
            metadata={"saga": scene.saga},
        )
    )


def _collected(scene: Scene) -> Until:
    return Until("deposit", scene.results["collect"]["id"], _AVAILABLE, _NEVER_CAME)


def _pay_merchant(scene: Scene) -> Ask:
    asked = scene.arguments
    return Ask(
        CreateTransfer(
            source=asked["payer"],
            destination=asked["merchant"],
            amount=int(asked["amount"]),
            asset=asked["asset"],
            metadata={"saga": scene.saga},
        )
    )


def _take_back(scene: Scene) -> Ask:
    transfer = scene.results["pay"]["id"]
    return Ask(Advance(payment=transfer, verb=Verb.REVERSE, reason="its saga gave up"))


COLLECT_AND_PAY = Flow(
    name="collect_and_pay",
    sentence="Wait for an announced deposit, then pay a merchant with it. If it cannot be paid on,"
    " the payer keeps what came.",
    arguments=(
        Argument("payer", "whose deposit it is"),
        Argument("merchant", "who is paid"),
        Argument("asset", "of both"),
        _AMOUNT,
        Argument("rail", "the rail by which it comes"),
        Argument("end_to_end_id", "how the rail will call it"),
    ),
    steps=(
        Step(
            name="collect", do=_announce, until=_collected, reads=given_id,
            deadline_seconds=DEPOSIT_SECONDS,
        ),
        Step(name="pay", do=_pay_merchant, undo=_take_back),
    ),
)  # fmt: skip

FLOWS: Flows = {
    flow.name: flow
    for flow in (CONVERT_AND_WITHDRAW, LEDGER_TRANSFER_AND_WITHDRAW, COLLECT_AND_PAY)
}
"""Every flow, by its name."""
