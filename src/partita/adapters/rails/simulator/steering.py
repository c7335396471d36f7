"""Steering: what a sandbox tells the simulated network to do, as a fact of its world."""

from partita.adapters.rails.simulator.behaviour import Tell, Timing, Wait
from partita.adapters.rails.simulator.choosing import rates
from partita.adapters.rails.simulator.messages import Notice, raw_of
from partita.adapters.rails.simulator.planning import planned
from partita.adapters.rails.simulator.world import (
    AnyFact,
    Asked,
    Known,
    Planned,
    Silenced,
    Tuned,
    World,
)
from partita.kernel.moment import Moment
from partita.modules.payments.rail import MessageType
from partita.modules.rails.simulation import Instruction, SimulatedEvent, SimulationRefused

TELLS: dict[MessageType, Tell] = {
    MessageType.ACCEPTED: Tell(MessageType.ACCEPTED, Wait.ACCEPT),
    MessageType.SETTLED: Tell(MessageType.SETTLED, Wait.ACCEPT),
    MessageType.REJECTED: Tell(MessageType.REJECTED, Wait.ACCEPT, "AC04"),
    MessageType.RETURNED: Tell(MessageType.RETURNED, Wait.ACCEPT, "MD06"),
    MessageType.CANCELED: Tell(MessageType.CANCELED, Wait.ACCEPT),
}
"""Each message as it is told at once, with its usual reason."""
_OF_SUBMISSIONS: dict[SimulatedEvent, MessageType] = {
    SimulatedEvent.ACCEPT: MessageType.ACCEPTED,
    SimulatedEvent.SETTLE: MessageType.SETTLED,
    SimulatedEvent.REJECT: MessageType.REJECTED,
    SimulatedEvent.RETURN: MessageType.RETURNED,
    SimulatedEvent.CANCEL: MessageType.CANCELED,
}
_AT_ONCE = Timing(accept_seconds=0)


def fact(world: World, instruction: Instruction, now: Moment) -> AnyFact:
    """What an instruction makes happen.

    Raises:
        SimulationRefused: there is no such submission, or something is missing.
    """
    match instruction.event:
        case SimulatedEvent.OUTAGE | SimulatedEvent.RECOVER as event:
            return Silenced(event is SimulatedEvent.OUTAGE)
        case SimulatedEvent.FAULTS:
            return _tuned(instruction)
        case SimulatedEvent.RECEIVE:
            return Asked(_received(world, instruction, now))
        case SimulatedEvent.REPEAT:
            return Asked(_repeated(world, _known(world, instruction), now))
        case event:
            tell = TELLS[_OF_SUBMISSIONS[event]]
            if instruction.code is not None:
                tell = tell._replace(code=instruction.code)
            known = _known(world, instruction)
            told = planned(world, known.submission, (tell,), _AT_ONCE, now)
            return Asked(told[0])


def _known(world: World, instruction: Instruction) -> Known:
    if instruction.submission is None:
        raise SimulationRefused(f"{instruction.event.value} needs a submission")
    found = world.known.get(instruction.submission)
    if found is None:
        raise SimulationRefused(f"the network has taken no submission {instruction.submission!r}")
    return found


def _repeated(world: World, known: Known, now: Moment) -> Planned:
    if known.last is None:
        raise SimulationRefused(f"nothing was told of {known.submission.id} yet")
    return Planned(world.next_number, now, known.last.raw, known.submission.id)


def _received(world: World, instruction: Instruction, now: Moment) -> Planned:
    amount, asset, beneficiary = instruction.amount, instruction.asset, instruction.beneficiary
    if amount is None or asset is None or beneficiary is None:
        raise SimulationRefused("receive needs amount, asset and beneficiary")
    if amount <= 0:
        raise SimulationRefused(f"an amount that comes in is above zero, not {amount}")
    message = f"{world.rail}-{world.next_number}"
    notice = Notice(
        message=message,
        event=MessageType.RECEIVED,
        amount=str(amount),
        asset=asset,
        at=now.text(),
        reference=f"{message}-received",
        end_to_end=instruction.end_to_end_id,
        beneficiary=beneficiary,
    )
    return Planned(world.next_number, now, raw_of(notice))


def _tuned(instruction: Instruction) -> Tuned:
    try:
        return Tuned(rates(instruction.faults))
    except ValueError as error:
        raise SimulationRefused(str(error)) from error
