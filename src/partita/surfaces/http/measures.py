"""Measures: what `/metrics` tells, counted in plain integers and put into Prometheus' form on asking.

All requests are counted by one event loop, so there are no locks, and counting costs well below a
microsecond. Quantiles come from the histogram's buckets.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from partita.engine.trailing.view import Pace
from partita.modules.rails.breaker import BreakerState
from partita.modules.sagas.saga import OPEN
from partita.modules.sinks.sink import SinkStatus
from partita.wiring import Application

BOUNDS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Histogram:
    """How long the requests of one operation took."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets, self.seconds = [0] * (len(BOUNDS_SECONDS) + 1), 0.0


class Measures(Collector):
    """The figures of one process."""

    def __init__(
        self, application: Application, readers: Callable[[], tuple[int, int]] = lambda: (0, 0)
    ) -> None:
        """Measure this application, in a registry of its own.

        `readers` tells how many wait for events, and how many streams are open.
        """
        self._application, self._readers = application, readers
        self._requests: dict[tuple[str, int], int] = {}
        self._durations: dict[str, _Histogram] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def count(self, operation: str, status: int, seconds: float) -> None:
        """Take note of one finished request."""
        requests, at = self._requests, (operation, status)
        requests[at] = requests.get(at, 0) + 1
        histogram = self._durations.get(operation)
        if histogram is None:
            histogram = self._durations[operation] = _Histogram()
        histogram.buckets[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        histogram.seconds += seconds

    def text(self) -> bytes:
        """All figures, in Prometheus' text form. Asks the store; call it in a thread."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering does not ask the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The families, as the registry asks for them."""
        yield self._request_family()
        yield self._duration_family()
        yield from self._ledger_families()
        yield from self._integrity_families()
        yield from self._saga_families()
        yield from self._witness_families()
        yield from self._rail_families()
        yield from self._view_families()
        yield from self._sink_families()
        yield from self._feed_families()
        yield from self._webhook_families()

    def _request_family(self) -> Metric:
        family = CounterMetricFamily(
            "partita_http_requests", "Finished requests.", labels=("operation", "status")
        )
        for (operation, status), count in sorted(self._requests.items()):
            family.add_metric((operation, str(status)), count)
        return family

    def _duration_family(self) -> Metric:
        family = HistogramMetricFamily(
            "partita_http_request_duration_seconds",
            "From the request's head to the answer's last byte.",
            labels=("operation",),
        )
        for operation, histogram in sorted(self._durations.items()):
            total, rows = 0, []
            for bound, count in zip((*BOUNDS_SECONDS, "+Inf"), histogram.buckets, strict=True):
                total += count
                rows.append((str(bound), total))
            family.add_metric((operation,), rows, histogram.seconds)
        return family

    def _integrity_families(self) -> Iterable[Metric]:
        checked = CounterMetricFamily(
            "partita_integrity_records_checked", "Records audited.", labels=("ledger",)
        )
        passes = CounterMetricFamily(
            "partita_integrity_passes", "Audits that came to the end.", labels=("ledger",)
        )
        coverage = GaugeMetricFamily(
            "partita_integrity_coverage", "Share of the journal seen by the audit at hand.",
            labels=("ledger",),
        )  # fmt: skip
        drift = GaugeMetricFamily(
            "partita_integrity_drift", "Rows found to be wrong.", labels=("ledger",)
        )
        auditor = self._application.auditor
        for status in () if auditor is None else auditor.statuses():
            name = (status.ledger,)
            checked.add_metric(name, status.records_checked)
            passes.add_metric(name, status.passes)
            coverage.add_metric(name, status.coverage)
            drift.add_metric(name, len(status.findings))
        yield from (checked, passes, coverage, drift)

    def _saga_families(self) -> Iterable[Metric]:
        """Flows that are not over, and those that need somebody: an alarm belongs on the latter."""
        under_way = GaugeMetricFamily(
            "partita_sagas_open", "Sagas that are not over.", labels=("ledger", "status")
        )
        overdue = GaugeMetricFamily(
            "partita_sagas_overdue", "Sagas that are late or stuck.", labels=("ledger",)
        )
        sagas = self._application.sagas
        for ledger in self._application.open_ledgers():
            counts = sagas.counts(ledger.info)
            for status in OPEN:
                under_way.add_metric((ledger.info.name, status.value), counts[status])
            overdue.add_metric((ledger.info.name,), len(sagas.overdue(ledger.info)))
        yield from (under_way, overdue)

    def _ledger_families(self) -> Iterable[Metric]:
        queued = GaugeMetricFamily(
            "partita_ledger_queued", "Commands that wait to be decided.", labels=("ledger",)
        )
        records = GaugeMetricFamily(
            "partita_journal_sequence", "Sequence of the journal's last record.", labels=("ledger",)
        )
        signed = GaugeMetricFamily(
            "partita_log_signed_sequence",
            "Sequence up to which the log is signed; a second behind the last at most.",
            labels=("ledger",),
        )
        stopped = GaugeMetricFamily(
            "partita_ledger_read_only", "Whether writing was stopped.", labels=("ledger",)
        )
        for ledger in self._application.open_ledgers():
            name = (ledger.info.name,)
            stopped.add_metric(name, self._application.guard.verdict(ledger.info) is not None)
            signed.add_metric(name, self._application.notary.signed_up_to(ledger.info))
            queued.add_metric(name, ledger.queued)
            records.add_metric(name, self._application.store.head(ledger.info).sequence)
        yield from (queued, records, signed, stopped)

    def _webhook_families(self) -> Iterable[Metric]:
        """What waits for each endpoint, and how it fares: an alarm belongs on the seconds."""
        labels = ("ledger", "endpoint")
        pending = GaugeMetricFamily(
            "partita_webhook_pending", "Deliveries in line, up to 1,000.", labels=labels
        )
        oldest = GaugeMetricFamily(
            "partita_webhook_oldest_seconds", "For how long the first has waited.", labels=labels
        )
        failures = GaugeMetricFamily(
            "partita_webhook_failures", "Tries that failed since the last success.", labels=labels
        )
        parked = GaugeMetricFamily(
            "partita_webhook_parked", "Deliveries that were set aside.", labels=labels
        )
        now = self._application.clock.now()
        for ledger in self._application.open_ledgers():
            for endpoint, standing in self._application.webhooks(ledger.info).alive().items():
                name, (health, backlog) = (ledger.info.name, endpoint), standing
                pending.add_metric(name, 0 if backlog is None else backlog.pending)
                waited = 0 if backlog is None else max(0, now - backlog.oldest_at)
                oldest.add_metric(name, waited / 1_000_000)
                failures.add_metric(name, health.failures)
                parked.add_metric(name, health.parked)
        yield from (pending, oldest, failures, parked)

    def _view_families(self) -> Iterable[Metric]:
        """How far trailing views are behind: an alarm belongs on the seconds."""
        labels = ("ledger", "view")
        records = GaugeMetricFamily(
            "partita_view_lag_records", "Records that are not in a view yet.", labels=labels
        )
        seconds = GaugeMetricFamily(
            "partita_view_lag_seconds", "For how long the first of them has waited.", labels=labels
        )
        overview, now = self._application.overview, self._application.clock.now()
        for ledger in self._application.open_ledgers():
            for state in overview.states(ledger.info, now, counts_rows=False):
                if state.pace is Pace.TRAILING:
                    records.add_metric((ledger.info.name, state.name), state.lag_records)
                    seconds.add_metric((ledger.info.name, state.name), state.lag_seconds)
        yield from (records, seconds)

    def _sink_families(self) -> Iterable[Metric]:
        """How far sinks are, and what they refused: alarms belong on the lag and on the latter."""
        labels = ("ledger", "sink")
        cursor = GaugeMetricFamily(
            "partita_sink_cursor", "Sequence up to which a sink has all.", labels=labels
        )
        lag = GaugeMetricFamily(
            "partita_sink_lag_records", "Records that a sink lacks.", labels=labels
        )
        parked = GaugeMetricFamily(
            "partita_sink_parked", "Events that a sink refused, set aside.", labels=labels
        )
        for ledger in self._application.open_ledgers():
            office = self._application.sinks.office(ledger.info)
            for sink in office.page():
                if sink.status != SinkStatus.ARCHIVED.value:
                    progress, name = office.progress(sink), (ledger.info.name, sink.id)
                    cursor.add_metric(name, progress.cursor)
                    lag.add_metric(name, progress.lag)
                    parked.add_metric(name, progress.parked)
        yield from (cursor, lag, parked)

    def _witness_families(self) -> Iterable[Metric]:
        """What witnesses vouched for: how much, how long ago, and whether they answer."""
        labels = ("ledger", "witness")
        sizes = GaugeMetricFamily(
            "partita_log_cosigned_size", "Records that a witness vouched for.", labels=labels
        )
        ages = GaugeMetricFamily(
            "partita_log_cosigned_age_seconds", "Since a witness vouched.", labels=labels
        )
        answers = GaugeMetricFamily(
            "partita_witness_up", "Whether the last contact succeeded.", labels=labels
        )
        for standing in self._application.publisher.standings():
            name = standing.ledger, standing.witness
            answers.add_metric(name, standing.problem is None)
            if standing.vouched is not None:
                sizes.add_metric(name, standing.vouched.size)
                ages.add_metric(name, max(0.0, time.time() - standing.vouched.seconds))
        yield from (sizes, ages, answers)

    def _feed_families(self) -> Iterable[Metric]:
        waiting, streams = self._readers()
        yield GaugeMetricFamily(
            "partita_feed_waiting", "Readers that wait for the next event.", value=waiting
        )
        yield GaugeMetricFamily(
            "partita_feed_streams", "Streams of events that are open.", value=streams
        )

    def _rail_families(self) -> Iterable[Metric]:
        """What waits for its rails, and whether these are called at all."""
        due = GaugeMetricFamily(
            "partita_rails_due",
            "Payments and orders that are due, up to 1,000.",
            labels=("ledger",),
        )
        overdue = GaugeMetricFamily(
            "partita_rails_overdue", "Those of them due for over a minute.", labels=("ledger",)
        )
        labels = ("ledger", "rail")
        calls = GaugeMetricFamily(
            "partita_rail_calls_under_way", "Calls that have not returned.", labels=labels
        )
        breaker = GaugeMetricFamily(
            "partita_rail_breaker", "0 closed, 1 half open, 2 open.", labels=labels
        )
        for office in self._application.rails_offices():
            backlog = office.backlog(self._application.clock.now())
            due.add_metric((office.ledger,), backlog.due)
            overdue.add_metric((office.ledger,), backlog.overdue)
            for name, line in office.lines.items():
                calls.add_metric((office.ledger, name), line.under_way)
                breaker.add_metric((office.ledger, name), _BREAKER_LEVELS[line.breaker.state])
        yield from (due, overdue, calls, breaker)


_BREAKER_LEVELS = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
