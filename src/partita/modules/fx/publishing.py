"""Publishing a table of rates: decades of days into the ledger, some hundred days to a command.

Each command has a key that follows from what it says. So an import that was cut off goes on where it
stopped, and the same file a second time changes nothing; a file with new days publishes those.
"""

import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice

import msgspec

from partita.engine.asking import ask
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, Refused
from partita.modules.fx.ledger_rates import MOST_DAYS, DayOfRates, PublishRates
from partita.modules.fx.rates import ALWAYS, RateError, Rates

Progress = Callable[[int, int], None]
"""Told how many days are done, and of how many."""
_encode = msgspec.json.Encoder(order="deterministic").encode


class Published(msgspec.Struct, frozen=True):
    """What an import did: how many days and figures, and how many of the days were there before."""

    provider: str
    days: int
    figures: int
    replayed_days: int
    first_day: str | None
    last_day: str | None
    seconds: float

    @property
    def rate(self) -> float:
        """Figures in a second."""
        return self.figures / max(self.seconds, 1e-6)


def publish_table(ledger: Ledger, table: Rates, progress: Progress) -> Published:
    """Publish all days of a table, the first one first.

    Raises:
        RateError: the rules refuse a command.
        PartitaError: nothing is known of the last command; import again.
    """
    started = time.perf_counter()
    total, done, replayed, figures = len(table.days), 0, 0, 0
    for command in _commands(table):
        outcome = ask(ledger, wish(command, key=_key(command), actor="fx_rates"))
        if isinstance(outcome, Refused):
            raise RateError(f"the rules refuse them: {outcome.rejection.detail}")
        assert isinstance(outcome, Accepted), "a single command has a single answer"
        done += len(command.days)
        replayed += len(command.days) * outcome.replayed
        figures += sum(len(each.figures) for each in command.days)
        progress(min(done, total), total)
    return Published(
        table.provider, done, figures, replayed, next(iter(table.days), None),
        table.days[-1] if table.days else None, time.perf_counter() - started,
    )  # fmt: skip


def _commands(table: Rates) -> Iterator[PublishRates]:
    days = iter([*table.days, *([ALWAYS] if table.figures(ALWAYS) else [])])
    while some := tuple(islice(days, MOST_DAYS)):
        published = (DayOfRates(day, table.figures(day)) for day in some)
        yield PublishRates(table.provider, tuple(published))


def _key(command: PublishRates) -> str:
    return f"fx_rates/{command.provider}/{sha256(_encode(command)).hexdigest()[:32]}"
