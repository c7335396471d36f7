"""Choosing a behaviour: by a name in the beneficiary, by the amount's last digits, or by chance."""

from collections.abc import Mapping

from partita.adapters.rails.simulator.behaviour import PLANS, Behaviour
from partita.engine.ports import Entropy
from partita.modules.payments.rail import Submission

NAME = "sim:"
"""What a beneficiary begins with that names a behaviour, as in `sim:return`."""
FULL_RATE = 10_000
"""Rates are in ten thousandths."""

_BY_ENDING = {
    plan.ending: behaviour for behaviour, plan in PLANS.items() if plan.ending is not None
}
_BY_NAME = {NAME + behaviour.value: behaviour for behaviour in Behaviour}


def named(submission: Submission, *, by_amount: bool) -> Behaviour | None:
    """The behaviour that a submission asks for, if it does."""
    found = _BY_NAME.get(submission.beneficiary)
    if found is None and by_amount:
        return _BY_ENDING.get(submission.amount % 100)
    return found


def drawn(faults: Mapping[Behaviour, int], entropy: Entropy) -> Behaviour:
    """A behaviour by chance: each fault at its rate, and otherwise nothing goes wrong."""
    if not faults:
        return Behaviour.SETTLE
    # Eight bytes for ten thousand outcomes: the first few are likelier by one in 10^15.
    lot = int.from_bytes(entropy.bytes(8)) % FULL_RATE
    for behaviour, rate in faults.items():
        if lot < rate:
            return behaviour
        lot -= rate
    return Behaviour.SETTLE


def rates(faults: Mapping[str, int]) -> dict[Behaviour, int]:
    """Fault rates by name, checked.

    Raises:
        ValueError: a name is none of a behaviour, or the rates are no rates.
    """
    unknown = sorted(set(faults) - {behaviour.value for behaviour in Behaviour})
    if unknown:
        known = ", ".join(behaviour.value for behaviour in Behaviour)
        raise ValueError(f"no such fault: {', '.join(unknown)}; there are {known}")
    if any(rate < 0 for rate in faults.values()) or sum(faults.values()) > FULL_RATE:
        raise ValueError(f"rates are ten thousandths: none below 0, together at most {FULL_RATE}")
    return {Behaviour(name): rate for name, rate in faults.items()}
