"""`partita fx`: rates, quotes, conversions, and what open positions are worth."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import App, Parameter

from partita.engine.business import Act
from partita.engine.listing import ResourceFilter
from partita.kernel.amount import to_decimal
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.fx import conversions, quotes
from partita.modules.fx.books import NoBaseAsset, revalued
from partita.modules.fx.conversions import (
    AcceptQuote,
    ConversionStatus,
    Convert,
    Expected,
    ReverseConversion,
    read_conversion,
)
from partita.modules.fx.deal import Deal, Terms, day_of
from partita.modules.fx.ledger_rates import missing
from partita.modules.fx.policy import Policy, PolicyInvalid, SetPolicy, check_policy
from partita.modules.fx.pricing import FixedSide, RoundingRule
from partita.modules.fx.quotes import CreateQuote, QuoteStatus, quote_status, read_quote
from partita.modules.fx.rates import MissingRate, RateError, check_day, check_figure
from partita.modules.fx.reading import policy_in_force
from partita.modules.fx.revaluation import Revaluation
from partita.surfaces.cli.amounts import whole_amount
from partita.surfaces.cli.deciding import (
    IN_EARNEST,
    Asking,
    RefusedByRules,
    asked,
    pairs,
    shown,
)
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.fx_rates import app as rates_app
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, Books, InLedger, books
from partita.surfaces.cli.shapes import for_programs
from partita.surfaces.cli.talk import emit, emit_list, table
from partita.surfaces.http.shapes import fx_replies as shapes

app = App(name="fx", help="Exchange: rates, quotes, conversions, what positions are worth.")
app.command(rates_app)
_PAGE = 500


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for beside the amount."""

    to: Annotated[str | None, Parameter(help="Wallet or account that gets it [the same].")] = None
    side: Annotated[FixedSide, Parameter(help="Which side the amount is of: source or target.")] = (
        FixedSide.SOURCE
    )
    provider: Annotated[str | None, Parameter(help="Whose rate [the policy's].")] = None
    day: Annotated[str | None, Parameter(help="Of which day, YYYY-MM-DD [today].")] = None
    spread_bps: Annotated[int | None, Parameter(help="Spread [the policy's].")] = None
    fee: Annotated[str, Parameter(help="Fee, in minor units of the source.")] = "0"
    rounding: Annotated[RoundingRule | None, Parameter(help="half-even or floor.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()

    def terms(self, source: str, pair: str, amount: str) -> Terms:
        """The terms that these options come to."""
        first, mark, second = pair.partition("/")
        if not mark:
            raise CommandFailed(f"{pair!r} is no pair.", "write it like EUR/USD.", status=USAGE)
        return Terms(
            source=source,
            destination=self.to,
            source_asset=first,
            target_asset=second,
            amount=whole_amount(amount),
            side=self.side,
            provider=self.provider,
            day=None if self.day is None else _day(self.day),
            spread_bps=self.spread_bps,
            fee=whole_amount(self.fee),
            rule=self.rounding,
        )


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class WantedQuote(Wanted):
    """The same, and how long it is locked."""

    seconds: Annotated[int | None, Parameter(help="How long it is good [the policy's].")] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class WantedNow(Wanted):
    """The same, and at which rate at most, and when it counts."""

    expected_rate: Annotated[
        str | None, Parameter(help="Refuse if the rate is another, such as 1.0389.")
    ] = None
    tolerance_bps: Annotated[int, Parameter(help="How far it may be from that.")] = 0
    effective_at: Annotated[str | None, Parameter(help="When it counts [now].")] = None

    def expected(self) -> Expected | None:
        """The rate that is expected, if one is."""
        if self.expected_rate is None:
            return None
        try:
            return Expected(check_figure(self.expected_rate), self.tolerance_bps)
        except RateError as error:
            raise CommandFailed(f"{error}.", "write it like 1.0389.", status=USAGE) from None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class NewPolicy:
    """What to change about the policy; the rest stays."""

    base: Annotated[str | None, Parameter(help="Asset in which positions are valued.")] = None
    provider: Annotated[str | None, Parameter(help="Whose rates.")] = None
    rounding: Annotated[RoundingRule | None, Parameter(help="half-even or floor.")] = None
    spread_bps: Annotated[int | None, Parameter(help="Spread in basis points.")] = None
    quote_seconds: Annotated[int | None, Parameter(help="How long a quote is good.")] = None

    def over(self, before: Policy) -> Policy:
        """The policy with these changes."""
        spread, seconds = self.spread_bps, self.quote_seconds
        return Policy(
            self.base or before.base,
            self.provider or before.provider,
            self.rounding or before.rule,
            before.spread_bps if spread is None else spread,
            before.lifetime_seconds if seconds is None else seconds,
        )


@app.command
def policy(
    *, new: NewPolicy = NewPolicy(), asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN
) -> None:
    """Show the ledger's policy of exchange; with options, change it. The base is chosen once."""
    with books(place) as open_books:
        before = policy_in_force(open_books.store, open_books.info)
        after = new.over(before)
        if after != before:
            try:
                asked(open_books, SetPolicy(check_policy(after)), asking)
            except PolicyInvalid as error:
                raise CommandFailed(f"{error}.", "mend that option.", status=USAGE) from None
    told = for_programs(shapes.policy(after))
    if place.json:
        emit(told)
    else:
        table(("policy", "value"), ((k, str(v)) for k, v in told.items() if k != "object"))


@app.command
def quote(
    source: str, pair: str, amount: str, /, *, wanted: WantedQuote = WantedQuote(),
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Lock a rate for a while: partita fx quote alice:EUR EUR/USD 10000 --to alice:USD."""
    terms = wanted.terms(source, pair, amount)
    _do(place, CreateQuote(terms, wanted.seconds, None, pairs(wanted.metadata)), asking)


@app.command
def accept(
    quote: str, /, *,
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = (),
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Exchange as a quote says, if it is still good."""
    _do(place, AcceptQuote(quote, None, pairs(metadata)), asking)


@app.command
def exchange(
    source: str, pair: str, amount: str, /, *, wanted: WantedNow = WantedNow(),
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Exchange at the rate of the day: partita fx exchange alice:EUR EUR/USD 10000 --to alice:USD."""
    terms = wanted.terms(source, pair, amount)
    moment = None if wanted.effective_at is None else exact(wanted.effective_at)
    wish = Convert(terms, wanted.expected(), moment, None, pairs(wanted.metadata))
    _do(place, wish, asking)


@app.command
def reverse(
    conversion: str, /, *,
    reason: Annotated[str | None, Parameter(help="Why; kept in the journal.")] = None,
    asking: Asking = IN_EARNEST, place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """Take a conversion back, at its original rate."""
    _do(place, ReverseConversion(conversion, reason), asking)


def _do(place: InLedger, wish: Act, asking: Asking) -> None:
    with books(place) as open_books:
        record = asked(open_books, wish, asking)
        assert isinstance(record.event, MatterChanged), "a business command ends with its matter"
        matter = record.event.matter
        if place.json:
            emit(shown(_for_programs(open_books, matter), record, asking))
        else:
            _table(open_books, [matter])


def _for_programs(open_books: Books, matter: Matter) -> dict[str, object]:
    if matter.kind == quotes.KIND:
        return for_programs(shapes.quote(matter, open_books.application.clock.now()))
    return for_programs(shapes.conversion(matter))


def _table(open_books: Books, matters: list[Matter]) -> None:
    columns = ("status", "paid", "got", "rate", "of", "spread", "gained", "id")
    rows = (_row(open_books, each) for each in matters)
    table(columns, rows, right="paid got rate spread gained")


def _row(open_books: Books, matter: Matter) -> tuple[str, ...]:
    if matter.kind == quotes.KIND:
        deal = read_quote(matter).deal
        status = quote_status(matter, open_books.application.clock.now()).value
        return status, *_figures(deal), "-", matter.id
    found = read_conversion(matter)
    base = found.deal.base
    gained = "-" if base is None else _money(found.gained, base, found.deal)
    return matter.status, *_figures(found.deal), gained, matter.id


def _figures(deal: Deal) -> tuple[str, str, str, str, str]:
    price, target = deal.price, deal.target_asset
    paid = _money(price.source_amount, deal.source_asset, deal)
    got, spread = (_money(units, target, deal) for units in (price.target_amount, price.spread))
    return paid, got, deal.rate.text, f"{deal.rate.provider} {deal.rate.published}", spread


def _money(units: int, asset: str, deal: Deal) -> str:
    return f"{to_decimal(units, deal.scales[asset])} {asset}"


@app.command(name="quotes")
def list_quotes(
    *, status: Annotated[QuoteStatus | None, Parameter(help="Only this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, the newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """List quotes, the newest first."""
    _list(place, ResourceFilter(quotes.KIND, state=status and status.value), limit)


@app.command(name="conversions")
def list_conversions(
    *, status: Annotated[ConversionStatus | None, Parameter(help="Only this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many, the newest first.")] = 20,
    place: InLedger = IN_MAIN,
) -> None:  # fmt: skip
    """List conversions, the newest first."""
    _list(place, ResourceFilter(conversions.KIND, state=status and status.value), limit)


def _list(place: InLedger, which: ResourceFilter, limit: int) -> None:
    with books(place) as open_books:
        found = open_books.store.resources(open_books.info, which, None, min(limit, _PAGE))
        matters = [each for each in found if isinstance(each, Matter)]
        if place.json:
            emit_list(_for_programs(open_books, each) for each in matters)
        else:
            _table(open_books, matters)


@app.command
def revalue(
    *,
    day: Annotated[str | None, Parameter(help="At the rates of which day [today].")] = None,
    provider: Annotated[str | None, Parameter(help="Whose rates [the policy's].")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Print what each open position would gain at the rates of a day; nothing is posted."""
    with books(place) as open_books:
        when = _day(day) if day else day_of(open_books.application.clock.now())
        try:
            report = revalued(open_books.store, open_books.info, when, provider)
        except NoBaseAsset as error:
            raise CommandFailed(f"{error}.", "partita fx policy --base EUR.") from None
        except MissingRate as error:
            raise RefusedByRules(missing(provider or "the policy's provider", error)) from None
    if place.json:
        emit(for_programs(shapes.revaluation(report)))
    else:
        _report(report)


def _report(report: Revaluation) -> None:
    """Lines, their sums, and what was gained before."""
    rows = [
        (
            line.asset, to_decimal(line.quantity, line.scale), line.rate.text,
            *(to_decimal(n, report.scale) for n in (line.cost, line.worth, line.unrealised)),
        )
        for line in report.lines
    ]  # fmt: skip
    sums = (to_decimal(n, report.scale) for n in (report.cost, report.worth, report.unrealised))
    rows.append(("total", "", "", *sums))
    rows.append(("realised", "", "", "", "", to_decimal(report.realised, report.scale)))
    print(f"in {report.base}, at rates of {report.day} by {report.provider}")
    columns = ("asset", "quantity", "rate", "cost", "worth", "unrealised")
    table(columns, rows, right="quantity rate cost worth unrealised")


def _day(text: str) -> str:
    try:
        return check_day(text)
    except RateError as error:
        raise CommandFailed(f"{error}.", "write it like 2024-12-31.", status=USAGE) from None
