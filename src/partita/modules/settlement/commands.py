"""What can be done to settlement plans and batches, as business commands."""

from typing import ClassVar

from partita.engine.business import Act, Named
from partita.kernel.matters import matter_name
from partita.kernel.moment import Moment
from partita.modules.settlement.plan import KIND, Terms, plan_title
from partita.modules.settlement.statement import Figures


class SetPlan(Act, frozen=True, kw_only=True, tag="settlement_plan.set"):
    """Settle a merchant's wallet in an asset by these terms; a plan that is there gets new terms."""

    operation: ClassVar[str] = "settlement_plans/set"

    wallet: str
    asset: str
    terms: Terms

    def names(self, named: Named) -> None:
        """The wallet, and the plan that there may be."""
        named.resources[self.wallet] = None
        named.titles[matter_name(KIND, plan_title(self.wallet, self.asset))] = None


class _OfPlan(Act, frozen=True, kw_only=True):
    """What is done to one plan."""

    plan: str

    def names(self, named: Named) -> None:
        """The plan; its account follows."""
        named.resources[self.plan] = None


class PausePlan(_OfPlan, frozen=True, kw_only=True, tag="settlement_plan.pause"):
    """Make no more batches until it is resumed."""

    operation: ClassVar[str] = "settlement_plans/pause"

    reason: str | None = None


class ResumePlan(_OfPlan, frozen=True, kw_only=True, tag="settlement_plan.resume"):
    """Make batches again, from the next cut-off on; it takes in what accrued meanwhile."""

    operation: ClassVar[str] = "settlement_plans/resume"


class CloseBatch(_OfPlan, frozen=True, kw_only=True, tag="settlement_batch.close"):
    """Cut off a batch: the entries after what is settled, through a version, which sum up so."""

    operation: ClassVar[str] = "settlements/close"

    cut_off: Moment
    after_version: int
    through_version: int
    figures: Figures


class _OfBatch(Act, frozen=True, kw_only=True):
    """What is done to one batch."""

    batch: str

    def names(self, named: Named) -> None:
        """The batch; its withdrawal and its accounts follow."""
        named.resources[self.batch] = None


class PayBatch(_OfBatch, frozen=True, kw_only=True, tag="settlement_batch.pay"):
    """A withdrawal was made that pays a batch out."""

    operation: ClassVar[str] = "settlements/pay"

    withdrawal: str

    def names(self, named: Named) -> None:
        """The batch and the withdrawal."""
        named.resources[self.batch] = named.resources[self.withdrawal] = None


class FollowBatch(_OfBatch, frozen=True, kw_only=True, tag="settlement_batch.follow"):
    """Take over what became of a batch's withdrawal."""

    operation: ClassVar[str] = "settlements/follow"


class FailBatch(_OfBatch, frozen=True, kw_only=True, tag="settlement_batch.fail"):
    """No withdrawal could be made for a batch; why is for people to read."""

    operation: ClassVar[str] = "settlements/fail"

    reason: str


class ReleaseReserve(_OfBatch, frozen=True, kw_only=True, tag="settlement_batch.release"):
    """Give the reserve of a batch back into the wallet: its days are over."""

    operation: ClassVar[str] = "settlements/release"
