"""Reading outside of decisions: rates out of the store, by the same way as decisions take them."""

from collections.abc import Generator
from fractions import Fraction
from typing import Any, TypeVar

from partita.engine.business import Look
from partita.engine.listing import ResourceFilter
from partita.engine.ports import LedgerInfo, Reader
from partita.kernel.matters import Matter, matter_name
from partita.kernel.rejections import Rejection
from partita.modules.fx import policy as policies
from partita.modules.fx.ledger_rates import KIND, kept_rate
from partita.modules.fx.policy import Policy
from partita.modules.fx.rates import MissingRate, Rate

_ONE_BY_ONE = 400
"""Up to so many days are asked for by their names; of more, all of the provider's are read."""
_PAGE = 1_000
_Found = TypeVar("_Found")


class LedgerRates:
    """The rates that a ledger keeps of one provider, as a source of rates."""

    def __init__(self, reader: Reader, info: LedgerInfo, provider: str) -> None:
        """Read them whenever they are asked for."""
        self.provider = provider
        self._reader, self._info = reader, info
        self._matters: dict[str, Matter] = {}

    def rate(self, day: str, source: str, target: str) -> Fraction:
        """How much of the target one unit of the source is worth on that day.

        Raises:
            MissingRate: nothing says so on that day; it names the last day before that has one.
        """
        return self.told(day, source, target).exact

    def told(self, day: str, source: str, target: str) -> Rate:
        """The same, with who said it and of which day that is.

        Raises:
            MissingRate: nothing says so on that day.
        """
        found = self._drive(kept_rate(self, self.provider, day, (source, target)))
        if isinstance(found, Rejection):
            raise MissingRate(f"{source}/{target}", day, found.facts.get("last_day"))
        return found

    def titled(self, kind: str, title: str) -> Matter | None:
        """What was looked up, by its title."""
        return self._matters.get(matter_name(kind, title))

    def _drive(self, steps: Generator[Look, Any, _Found]) -> _Found:
        """Look up what the steps want to see, until they come to an end."""
        try:
            while True:
                self._look(list(next(steps).titles))
        except StopIteration as done:
            found: _Found = done.value
            return found

    def _look(self, names: list[str]) -> None:
        if len(names) > _ONE_BY_ONE:
            self._look_at_all()
            return
        for name in names:
            if name not in self._matters:
                which = ResourceFilter(name.partition("/")[0], name=name)
                self._keep(self._reader.resources(self._info, which, None, 1))

    def _look_at_all(self) -> None:
        before: int | None = None
        which = ResourceFilter(KIND, about=self.provider)
        while page := self._reader.resources(self._info, which, before, _PAGE):
            self._keep(page)
            before = page[-1].number

    def _keep(self, found: list[Any]) -> None:
        for each in found:
            if isinstance(each, Matter) and each.name is not None:
                self._matters[each.name] = each


def policy_in_force(reader: Reader, info: LedgerInfo) -> Policy:
    """The ledger's policy of exchange as it is now."""
    which = ResourceFilter(policies.KIND, name=policies.NAME)
    found = reader.resources(info, which, None, 1)
    matter = found[0] if found else None
    assert matter is None or isinstance(matter, Matter), "a policy is kept as a matter"
    return policies.policy_in(matter)
