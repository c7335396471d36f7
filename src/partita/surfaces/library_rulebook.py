"""What a program does in the library to the rules of payments: fees, taxes, rewards, holds, refusals.

Every method that writes takes `key`, under which it is done once, and `dry_run`, which decides it on
the same path and writes nothing.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from partita.engine.ledger import Ledger
from partita.engine.outcome import Outcome, Refused
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.payments.trying_rules import RuleTrials, Trial, span_of
from partita.modules.rules.commands import (
    ActivateRule,
    NoteBacktest,
    RetireRule,
    RollBackRule,
    ShadowRule,
)
from partita.modules.rules.document import RuleDocument, read_rule
from partita.modules.rules.occasion import Applied, Occasion
from partita.modules.rules.rule import RuleStatus
from partita.surfaces.library_outcomes import Submits, record_of
from partita.wiring import Application, rule_document

_PAGE = 1_000


class RulebookMethods(Submits):
    """The methods of `LibraryLedger` about rules. A rule is named by its name or its id."""

    _application: Application
    _ledger: Ledger

    async def save_rule(
        self,
        rule: RuleDocument | Mapping[str, Any] | Path,
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Save a rule (a document, its plain values, or its file) as a draft of its next version.

        Raises:
            RuleInvalid: it is no rule; `findings` say where.
        """
        document = await asyncio.to_thread(_document, rule)
        command = await asyncio.to_thread(self._rules.save_command, document)
        outcome = await self.submit(command, key=key, dry_run=dry_run)
        if isinstance(outcome, Refused) and outcome.rejection.code is Code.DOCUMENT_UNCHANGED:
            return await self.rule(document.name)
        return _matter(outcome)

    @property
    def _rules(self) -> RuleTrials:
        return self._application.rules(self._ledger.info)

    async def rule(self, name: str) -> Matter:
        """A rule as it is now; `rules.kept.read_kept` reads its body.

        Raises:
            NotFound: there is none.
        """
        return await asyncio.to_thread(self._rules.find, name)

    async def rules(self, status: RuleStatus | str | None = None) -> list[Matter]:
        """The newest 1,000 rules, newest first; of one status, if it is said."""
        wanted = None if status is None else RuleStatus(status)
        return await asyncio.to_thread(self._rules.page, None, _PAGE, wanted)

    async def backtest_rule(
        self,
        name: str,
        begins_at: Moment,
        ends_at: Moment | None = None,
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> Trial:
        """What a version would have done to the payments of a span; its sum is kept with it.

        Raises:
            NotFound: there is no such rule or version.
            Rejected: the version is retired.
        """
        span = span_of(begins_at, ends_at, self._application.clock.now())
        kept = await self.rule(name)
        trial = await asyncio.to_thread(self._rules.backtest, kept, version, span)
        note = NoteBacktest(kept.id, version=trial.version, backtest=trial.report.summary)
        record_of(await self.submit(note, key=key))
        return trial

    async def shadow_rule(
        self,
        name: str,
        *,
        version: int | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Have a version worked out and recorded with every payment, moving nothing."""
        command = ShadowRule(name, version=version)
        return _matter(await self.submit(command, key=key, dry_run=dry_run))

    async def promote_rule(
        self,
        name: str,
        *,
        version: int | None = None,
        without_backtest: bool = False,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Put a version in force; the one before is retired.

        Raises:
            Rejected: it was not tried on history, and that was not said.
        """
        command = ActivateRule(name, version=version, without_backtest=without_backtest)
        return _matter(await self.submit(command, key=key, dry_run=dry_run))

    async def roll_back_rule(
        self, name: str, *, reason: str | None = None, key: str | None = None, dry_run: bool = False
    ) -> Matter:
        """Put the version in force again that was before the one that is."""
        command = RollBackRule(name, reason=reason)
        return _matter(await self.submit(command, key=key, dry_run=dry_run))

    async def retire_rule(
        self,
        name: str,
        *,
        version: int | None = None,
        reason: str | None = None,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Matter:
        """Take a version, or all of them, out of force."""
        command = RetireRule(name, version=version, reason=reason)
        return _matter(await self.submit(command, key=key, dry_run=dry_run))

    async def quote_fees(self, occasion: Occasion) -> Applied:
        """What the rules in force would make of a payment now; it is no promise for later."""
        return await asyncio.to_thread(self._rules.quote, occasion)


def _matter(outcome: Outcome) -> Matter:
    event = record_of(outcome).event
    assert isinstance(event, MatterChanged), "what happens to a rule leaves a rule"
    return event.matter


def _document(rule: RuleDocument | Mapping[str, Any] | Path) -> RuleDocument:
    if isinstance(rule, RuleDocument):
        return rule
    return rule_document(rule) if isinstance(rule, Path) else read_rule(dict(rule))
