"""Quotes: a deal that is good for a while. `open → accepted | expired`, both for ever.

A quote locks its rate: whoever accepts it in time gets every figure that it names. Nothing is set
aside for it; whether there is enough is judged when it is accepted.
"""

from enum import Enum
from typing import ClassVar

import msgspec

from partita.engine.business import Act, Desk, Named, Steps
from partita.journal.encoding import encode_value, value_decoder
from partita.kernel.commands import ChangeMatter
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.fx.deal import Deal, Terms, agree
from partita.modules.fx.policy import LONGEST_LIFETIME_SECONDS, policy_of
from partita.modules.wallets.expiring import Expiring

KIND, PREFIX = "fx_quote", "fxq_"
_SECOND_MICROSECONDS = 1_000_000


class QuoteStatus(Enum):
    """Where a quote is in its life."""

    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


QUOTE_ACTIONS: dict[QuoteStatus, tuple[str, ...]] = {
    QuoteStatus.OPEN: ("accept",),
    QuoteStatus.ACCEPTED: (),
    QuoteStatus.EXPIRED: (),
}
"""The transition table: what may be done to a quote in each status."""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote's own words: the deal, until when it is good (RFC 3339), what it became."""

    deal: Deal
    expires: str
    conversion: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def expires_at(self) -> Moment:
        """The first moment at which it is not good any more."""
        return Moment.parse(self.expires)


class CreateQuote(Act, frozen=True, tag="fx_quote.create"):
    """Lock a rate for a while. Without a lifetime it is good for as long as the policy says."""

    operation: ClassVar[str] = "fx_quotes/create"

    terms: Terms
    lifetime_seconds: int | None = None
    external_id: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)

    def names(self, named: Named) -> None:
        """What its terms name."""
        self.terms.names(named)


class ExpireQuote(Act, frozen=True, tag="fx_quote.expire"):
    """Note that a quote's time is over; asked by the process that looks after quotes."""

    operation: ClassVar[str] = "fx_quotes/expire"

    quote: str

    def names(self, named: Named) -> None:
        """The quote."""
        named.resources[self.quote] = None


QUOTES = Expiring("fx-quotes", KIND, ExpireQuote)
"""For the process that ends what has come to its moment."""


_decode = value_decoder(Quote)


def read_quote(matter: Matter) -> Quote:
    """The quote that a matter keeps."""
    return _decode(matter.body)


def quote_status(matter: Matter, now: Moment) -> QuoteStatus:
    """A quote's status at a moment: it has expired when its time is over, noted or not."""
    status = QuoteStatus(matter.status)
    if status is QuoteStatus.OPEN and now >= read_quote(matter).expires_at:
        return QuoteStatus.EXPIRED
    return status


def create_quote(desk: Desk, command: CreateQuote) -> Steps:
    """Agree on a deal, and hold it open."""
    policy = policy_of(desk)
    seconds = command.lifetime_seconds or policy.lifetime_seconds
    if not 0 < seconds <= LONGEST_LIFETIME_SECONDS:
        return Rejection(Code.INVALID_EXPIRY, "A quote is good for 1 second to 30 days.")
    deal = yield from agree(desk, command.terms, policy)
    if isinstance(deal, Rejection):
        return deal
    expires_at = Moment(desk.now + seconds * _SECOND_MICROSECONDS)
    quote = Quote(deal=deal, expires=expires_at.text(), metadata=command.metadata)
    yield ChangeMatter(
        type="fx_quote.opened",
        kind=KIND,
        prefix=PREFIX,
        status=QuoteStatus.OPEN.value,
        about=next(iter(deal.places.wallets), None),
        external_id=command.external_id,
        account_paths=(deal.places.source, deal.places.target),
        related=deal.places.wallets,
        wakes_at=expires_at,
        body=encode_value(quote),
    )
    return None


def expire_quote(desk: Desk, command: ExpireQuote) -> Steps:
    """Note that a quote's time is over."""
    matter = open_quote(desk, command.quote)
    if isinstance(matter, Rejection):
        return matter
    expires_at = read_quote(matter).expires_at
    if desk.now < expires_at:
        detail = f"The quote is good until {expires_at.text()}."
        return Rejection(Code.INVALID_STATE, detail, None, _state(QuoteStatus.OPEN))
    yield changed(matter, QuoteStatus.EXPIRED, read_quote(matter))
    return None


def open_quote(desk: Desk, identifier: str) -> Matter | Rejection:
    """The matter of a quote that nothing has become of yet."""
    matter = desk.matter(KIND, identifier)
    if matter is None:
        return Rejection(Code.QUOTE_NOT_FOUND, f"There is no quote {identifier!r}.")
    status = QuoteStatus(matter.status)
    if status is QuoteStatus.OPEN:
        return matter
    if status is QuoteStatus.EXPIRED:
        return expired(read_quote(matter))
    detail = f"The quote is {status.value}."
    return Rejection(Code.INVALID_STATE, detail, None, _state(status))


def expired(quote: Quote) -> Rejection:
    """The refusal of a quote whose time is over."""
    at = quote.expires
    return Rejection(
        Code.QUOTE_EXPIRED, f"The quote was good until {at}.", None, {"expired_at": at}
    )


def changed(matter: Matter, status: QuoteStatus, quote: Quote) -> ChangeMatter:
    """The change of a quote to its last status."""
    return ChangeMatter(
        type=f"fx_quote.{status.value}",
        kind=KIND,
        id=matter.id,
        status=status.value,
        title=matter.title,
        about=matter.about,
        account_paths=matter.account_paths,
        related=matter.related,
        body=encode_value(quote),
    )


def _state(status: QuoteStatus) -> dict[str, str]:
    return {"status": status.value, "allowed_actions": ",".join(QUOTE_ACTIONS[status])}
