"""What can be done to rules, as business commands. A rule is named by its name, or by its id."""

from typing import ClassVar

from partita.engine.business import Act, Named
from partita.kernel.matters import matter_name
from partita.modules.rules.kept import KIND, PREFIX, Backtest


class RuleAct(Act, frozen=True):
    """What is done to one rule."""

    rule: str

    def names(self, named: Named) -> None:
        """The rule."""
        if self.rule.startswith(PREFIX):
            named.resources[self.rule] = None
        else:
            named.titles[matter_name(KIND, self.rule)] = None


class SaveRule(Act, frozen=True, kw_only=True, tag="rule.save"):
    """Keep a document (as `canonical` writes it) as the next version of its rule, a draft."""

    operation: ClassVar[str] = "rules/save"

    name: str
    document: str

    def names(self, named: Named) -> None:
        """The rule, which may be there or not."""
        named.titles[matter_name(KIND, self.name)] = None


class NoteBacktest(RuleAct, frozen=True, kw_only=True, tag="rule.backtest"):
    """Keep with a version what its dry run on history said."""

    operation: ClassVar[str] = "rules/backtest"

    version: int
    backtest: Backtest


class ShadowRule(RuleAct, frozen=True, kw_only=True, tag="rule.shadow"):
    """Have a version worked out and recorded with every payment, and move nothing."""

    operation: ClassVar[str] = "rules/shadow"

    version: int | None = None


class ActivateRule(RuleAct, frozen=True, kw_only=True, tag="rule.activate"):
    """Put a version in force. It must have been backtested, or go `without_backtest`."""

    operation: ClassVar[str] = "rules/promote"

    version: int | None = None
    without_backtest: bool = False


class RetireRule(RuleAct, frozen=True, kw_only=True, tag="rule.retire"):
    """Take a version out of force for good; without a version, all of them."""

    operation: ClassVar[str] = "rules/retire"

    version: int | None = None
    reason: str | None = None


class RollBackRule(RuleAct, frozen=True, kw_only=True, tag="rule.roll_back"):
    """Make the version active again that was before the one that is."""

    operation: ClassVar[str] = "rules/rollback"

    reason: str | None = None
