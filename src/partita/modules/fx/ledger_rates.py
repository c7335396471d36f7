"""Rates that the ledger keeps: a matter for each provider and day, and one for each provider.

    fx_rates  "ecb/2024-12-31"   every figure that the ECB published for that day
    fx_rates  "bank/always"      figures that are fixed
    fx_source "ecb"              its first and its last day

A decision reads them at its place in the journal, so that what was known then is what counted, and
replay comes to the same rates. A figure that is published again, corrected, is a new version.
"""

from collections.abc import Generator
from datetime import date, timedelta
from typing import Any, ClassVar, Protocol

import msgspec

from partita.engine.business import Act, Desk, Look, Named, Steps
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter, matter_name
from partita.kernel.rejections import Code, Rejection
from partita.modules.fx.rates import (
    ALWAYS,
    MissingRate,
    Rate,
    RateError,
    Rates,
    check_day,
    check_provider,
    named,
    tells,
)

KIND, PREFIX = "fx_rates", "fxr_"
SOURCE_KIND, SOURCE_PREFIX = "fx_source", "fxs_"
MOST_DAYS = 250
"""How many days one command publishes at most."""
_NEAR_DAYS, _FAR_DAYS = 31, 366
"""How many days are looked back at once for the last rate before a missing one: it is nearly always
near; where it is not, it is looked for year by year."""

Figures = dict[str, str]
"""Pairs and their figures: `{"EUR/USD": "1.0389"}`."""


class DayOfRates(msgspec.Struct, frozen=True):
    """What was published for one day, YYYY-MM-DD, or `always`."""

    day: str
    figures: Figures


class Titled(Protocol):
    """Where matters that were looked up are found by their titles: a decision's desk, or a reader."""

    def titled(self, kind: str, title: str) -> Matter | None:
        """A matter as it is now."""
        ...


class PublishRates(Act, frozen=True, tag="fx_rates.publish"):
    """Keep a provider's rates of some days; other pairs of those days stay as they were."""

    operation: ClassVar[str] = "fx_rates/publish"

    provider: str
    days: tuple[DayOfRates, ...]

    def names(self, named: Named) -> None:
        """The provider, and each day; nothing, if they are none."""
        if any(day_objection(self.provider, each.day) for each in self.days):
            return
        named.titles[matter_name(SOURCE_KIND, self.provider)] = None
        named.titles.update(dict.fromkeys(name_of(self.provider, each.day) for each in self.days))


class Span(msgspec.Struct, frozen=True):
    """The first and the last day of a provider; None while it has only fixed figures."""

    first: str | None = None
    last: str | None = None


def figures_of(matter: Matter) -> DayOfRates:
    """The day that a matter keeps."""
    return msgspec.json.decode(matter.body, type=DayOfRates)


def name_of(provider: str, day: str) -> str:
    """What a provider's day of rates is found by."""
    return matter_name(KIND, _title(provider, day))


def check_rates(command: PublishRates) -> PublishRates:
    """The command, if all its figures can be read.

    Raises:
        RateError: one cannot, or there are none, or too many days.
    """
    if not 1 <= len(command.days) <= MOST_DAYS:
        raise RateError(f"rates are published for 1 to {MOST_DAYS} days at once")
    if len({each.day for each in command.days}) != len(command.days):
        raise RateError("a day is there twice")
    for each in command.days:
        if not each.figures:
            raise RateError(f"there is no figure for {each.day}")
        Rates([(each.day, pair, figure) for pair, figure in each.figures.items()], command.provider)
    return command


def day_objection(provider: str, day: str) -> Rejection | None:
    """What is wrong about the name of a provider or a day, if anything is."""
    try:
        check_provider(provider)
        if day != ALWAYS:
            check_day(day)
    except RateError as error:
        return Rejection(Code.RATE_INVALID, f"{error}.")
    return None


def publish(desk: Desk, command: PublishRates) -> Steps:
    """Keep the figures of each day; the last day's matter is the answer."""
    try:
        check_rates(command)
    except RateError as error:
        return Rejection(Code.RATE_INVALID, f"{error}.")
    yield from _widen(desk, command)
    last = len(command.days) - 1
    for place, each in enumerate(command.days):
        matter = desk.titled(KIND, _title(command.provider, each.day))
        known = _figures(desk, command.provider, each.day)
        if known | each.figures == known and place != last:
            continue
        yield ChangeMatter(
            type="fx_rates.published",
            kind=KIND,
            id=None if matter is None else matter.id,
            prefix=PREFIX,
            status="published",
            title=_title(command.provider, each.day),
            about=command.provider,
            body=_text(DayOfRates(each.day, known | each.figures)),
        )
    return None


def _widen(desk: Desk, command: PublishRates) -> Steps:
    """Note the provider's first and last day, if they are others now."""
    matter = desk.titled(SOURCE_KIND, command.provider)
    before = Span() if matter is None else msgspec.json.decode(matter.body, type=Span)
    dated = [each.day for each in command.days if each.day != ALWAYS]
    dated += [day for day in (before.first, before.last) if day is not None]
    after = Span(min(dated, default=None), max(dated, default=None))
    if matter is None or after != before:
        yield ChangeMatter(
            type="fx_source.published",
            kind=SOURCE_KIND,
            id=None if matter is None else matter.id,
            prefix=SOURCE_PREFIX,
            status="published",
            title=command.provider,
            body=_text(after),
        )
    return None


def kept_rate(
    desk: Titled, provider: str, day: str, pair: tuple[str, str]
) -> Generator[Look, Any, Rate | Rejection]:
    """A provider's rate of a day, or why there is none."""
    wrong = day_objection(provider, day)
    if wrong is not None:
        return wrong
    yield Look(titles=[name_of(provider, day), name_of(provider, ALWAYS)])
    fixed = _figures(desk, provider, ALWAYS)
    dated = fixed if day == ALWAYS else _figures(desk, provider, day)
    rows = [(day, *each) for each in dated.items()] + [(ALWAYS, *each) for each in fixed.items()]
    try:
        found = named(Rates(rows, provider), day, *pair)
    except MissingRate:
        last = yield from _last(desk, provider, (day, pair), fixed)
        return missing(provider, MissingRate("/".join(pair), day, last))
    return found if dated else msgspec.structs.replace(found, published=ALWAYS)


def missing(provider: str, error: MissingRate) -> Rejection:
    """The refusal of a rate that is not there; it names the last day that has one."""
    facts = {"pair": error.pair, "day": error.day, "provider": provider}
    if error.last is not None:
        facts["last_day"] = error.last
    said = str(error)
    return Rejection(Code.RATE_MISSING, f"{provider}: {said[:1].lower()}{said[1:]}.", None, facts)


def _last(
    desk: Titled, provider: str, asked: tuple[str, tuple[str, str]], fixed: Figures
) -> Generator[Look, Any, str | None]:
    """The last day before the asked one, on which there is a rate of the pair."""
    yield Look(titles=[matter_name(SOURCE_KIND, provider)])
    matter = desk.titled(SOURCE_KIND, provider)
    span = Span() if matter is None else msgspec.json.decode(matter.body, type=Span)
    if span.first is None or span.last is None:
        return None
    (newest, pair), count = asked, _NEAR_DAYS
    newest = min(newest, span.last)
    while newest >= span.first:
        days = _days_back(newest, span.first, count)
        yield Look(titles=[name_of(provider, day) for day in days])
        for day in days:
            if tells(fixed | _figures(desk, provider, day), *pair):
                return day
        newest = (date.fromisoformat(days[-1]) - timedelta(days=1)).isoformat()
        count = _FAR_DAYS
    return None


def _days_back(newest: str, first: str, count: int) -> list[str]:
    """So many days back from the newest, not beyond the first."""
    end = date.fromisoformat(newest)
    count = min(count, (end - date.fromisoformat(first)).days + 1)
    return [(end - timedelta(days=back)).isoformat() for back in range(count)]


def _figures(desk: Titled, provider: str, day: str) -> Figures:
    """What was looked up of a day; nothing, if nothing was published."""
    matter = desk.titled(KIND, _title(provider, day))
    return {} if matter is None else figures_of(matter).figures


def _title(provider: str, day: str) -> str:
    return f"{provider}/{day}"


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
