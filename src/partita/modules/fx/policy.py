"""The policy of exchange in a ledger: the base asset, and what holds where a request says nothing.

The base asset is what positions are valued in. It is chosen once: costs that were reckoned in one
asset cannot be read in another. Without one, nothing is valued, and gains are not realised.
"""

from typing import ClassVar

import msgspec

from partita.engine.business import Act, Desk, Named, Steps
from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter, matter_name
from partita.kernel.rejections import Code, Rejection
from partita.modules.fx.pricing import BASIS_POINTS, RoundingRule
from partita.modules.fx.rates import RateError, check_provider

KIND, PREFIX, TITLE = "fx_policy", "fxp_", "main"
NAME = matter_name(KIND, TITLE)
LONGEST_LIFETIME_SECONDS = 30 * 86_400


class Policy(msgspec.Struct, frozen=True):
    """What holds in a ledger until somebody says otherwise.

    `provider` is asked for rates, `rule` rounds the customer's side, `spread_bps` stays with the
    house, and a quote is good for `lifetime_seconds`.
    """

    base: str | None = None
    provider: str = "manual"
    rule: RoundingRule = RoundingRule.HALF_EVEN
    spread_bps: int = 0
    lifetime_seconds: int = 30


class PolicyInvalid(ValueError):
    """No policy can be made of this; the message says why."""


class SetPolicy(Act, frozen=True, tag="fx_policy.set"):
    """Set the ledger's policy of exchange."""

    operation: ClassVar[str] = "fx_policy/set"

    policy: Policy

    def names(self, named: Named) -> None:
        """The policy as it is."""
        named.titles[NAME] = None
        if self.policy.base is not None:
            named.assets[self.policy.base] = None


def check_policy(policy: Policy) -> Policy:
    """The policy, if its figures make sense.

    Raises:
        PolicyInvalid: they do not.
    """
    try:
        check_provider(policy.provider)
    except RateError as error:
        raise PolicyInvalid(str(error)) from None
    if not 0 <= policy.spread_bps < BASIS_POINTS:
        raise PolicyInvalid("a spread is 0 to 9,999 basis points")
    if not 1 <= policy.lifetime_seconds <= LONGEST_LIFETIME_SECONDS:
        raise PolicyInvalid("a quote is good for 1 second to 30 days")
    return policy


_decode = value_decoder(Policy)


def policy_in(matter: Matter | None) -> Policy:
    """The policy that a matter says; what holds without one."""
    return Policy() if matter is None else _decode(matter.body)


def policy_of(desk: Desk) -> Policy:
    """The policy in force, once `NAME` was looked up."""
    return policy_in(desk.titled(KIND, TITLE))


def set_policy(desk: Desk, command: SetPolicy) -> Steps:
    """Put a policy in force; the base asset stays what it was."""
    wanted, matter = command.policy, desk.titled(KIND, TITLE)
    try:
        check_policy(wanted)
    except PolicyInvalid as error:
        return Rejection(Code.RATE_INVALID, f"{error}.")
    if wanted.base is not None and desk.asset(wanted.base) is None:
        return Rejection(Code.ASSET_NOT_FOUND, f"There is no asset {wanted.base!r} in this ledger.")
    before = policy_in(matter)
    if before.base not in {None, wanted.base}:
        detail = f"Positions are valued in {before.base} here; that cannot become another asset."
        return Rejection(Code.INVALID_STATE, detail, "/base", {"base": str(before.base)})
    yield ChangeMatter(
        type="fx_policy.set",
        kind=KIND,
        id=None if matter is None else matter.id,
        prefix=PREFIX,
        title=TITLE,
        status="active",
        body=encode_value(wanted),
    )
    return None
