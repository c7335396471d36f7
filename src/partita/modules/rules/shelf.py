"""The shelf: rules as a ledger keeps them, found, listed and quoted from, without a decision.

A quote is what the rules in force would make of a payment now. A payment that follows may come to
something else, if a rule or a customer's counter changes in between.
"""

from collections.abc import Iterator

import msgspec

from partita.engine.errors import NotFound
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.matters import Matter, matter_name
from partita.modules.rules import usage
from partita.modules.rules.applying import apply_rules, usage_titles
from partita.modules.rules.commands import SaveRule
from partita.modules.rules.document import RuleDocument
from partita.modules.rules.kept import KIND, PREFIX
from partita.modules.rules.occasion import Applied, Occasion
from partita.modules.rules.rule import Rule, RuleStatus
from partita.modules.rules.rulebook import Rulebook

_PAGE = 500


class Shelf:
    """The rules of one ledger, for whoever reads."""

    def __init__(self, reader: Reader, info: LedgerInfo, rulebook: Rulebook) -> None:
        """Read from this store."""
        self._reader, self._info, self._rulebook = reader, info, rulebook

    def save_command(self, document: RuleDocument) -> SaveRule:
        """The command that keeps a document as its rule's next version.

        Raises:
            RuleInvalid: it is no rule; all that is wrong is told.
        """
        return self._rulebook.save_command(document)

    def find(self, reference: str) -> Matter:
        """A rule by its name or its id, as it is now.

        Raises:
            NotFound: there is none.
        """
        if reference.startswith(PREFIX):
            found = self._reader.resource(self._info, KIND, reference)
        else:
            found = self._named(KIND, reference)
        if not isinstance(found, Matter):
            raise NotFound(f"there is no rule {reference[:60]!r} in the ledger {self._info.name!r}")
        return found

    def _named(self, kind: str, title: str) -> Matter | None:
        which = ResourceFilter(kind, name=matter_name(kind, title))
        page = self._reader.resources(self._info, which, None, 1)
        return page[0] if page and isinstance(page[0], Matter) else None

    def page(
        self, before: int | None, limit: int, status: RuleStatus | None = None
    ) -> list[Matter]:
        """Rules, the newest first, with a number below `before`."""
        which = ResourceFilter(KIND, state=None if status is None else status.value)
        found = self._reader.resources(self._info, which, before, limit)
        return [each for each in found if isinstance(each, Matter)]

    def in_force(self) -> list[Rule]:
        """The versions that are active or in shadow now."""
        rules: list[Rule] = []
        for status in (RuleStatus.ACTIVE, RuleStatus.SHADOW):
            for matter in self._all(status):
                rules += self._rulebook.of_matter(matter)
        return rules

    def _all(self, status: RuleStatus) -> Iterator[Matter]:
        before: int | None = None
        while page := self.page(before, _PAGE, status):
            yield from page
            before = page[-1].number

    def quote(self, occasion: Occasion) -> Applied:
        """What the rules in force would make of an occasion, with the counters as they are."""
        rules = self.in_force()
        found = {title: self._named(usage.KIND, title) for title in usage_titles(rules, occasion)}
        counters = {t: usage.read_counter(m) for t, m in found.items() if m is not None}
        return apply_rules(rules, msgspec.structs.replace(occasion, counters=counters))
