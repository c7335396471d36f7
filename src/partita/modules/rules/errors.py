"""What goes wrong with rules: a document that is none, and a rule that has no answer."""

from enum import Enum

from partita.engine.plain_documents import DocumentError


class RuleCode(Enum):
    """Stable names of what can be wrong with a rule's document."""

    INVALID = "rule_invalid"


RULE_MEND = (
    "Mend each place that `errors` points at; docs/rules.md explains the form."
    " `partita rules check FILE` says the same without a server."
)


class RuleInvalid(DocumentError):
    """The document cannot be a rule; `findings` say where and why. Nothing was kept."""

    code = RuleCode.INVALID

    @property
    def mend(self) -> str:
        """How to mend it."""
        return RULE_MEND


class RuleFailed(ValueError):
    """A rule has no answer for this payment; `on_failure` of its document says what follows."""
