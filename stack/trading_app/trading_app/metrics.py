"""Counters of one instance, as Prometheus reads them."""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from trading_app.admission import Reason
from trading_app.executor import Batch

# Seconds from acceptance to execution: milliseconds when all is well, the length of an outage when not.
LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Counters:
    """What only grows. Names without `portfolio_manager_` are the seeds' names for the signal path."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # the library's own gap
        self.registry = CollectorRegistry()
        self.received = self._counter("redis_tss_signals_received", "Signals accepted by this instance, duplicates not")
        told = "Signals that this instance surely did not take, by reason"
        self._refused = Counter("trading_signals_refused", told, ["reason"], registry=self.registry)
        for reason in Reason:  # 0 is a figure too
            self._refused.labels(reason)
        self._executed = self._counter("redis_tss_signals_executed", "Signals executed by this instance")
        self._failed = self._counter("redis_tss_signals_failed", "Signals rejected by the exchange")
        self.fencing_conflicts = self._counter(
            "portfolio_manager_fencing_conflicts",
            "Effects refused because the record had moved to another epoch",
        )
        self._latency = Histogram(
            "redis_tss_signal_processing_latency",
            "Seconds from acceptance to execution, by the database's clock",
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self._transaction = Histogram(
            "trading_execution_transaction_seconds",
            "Length of the transactions that executed something, from the claim to the commit",
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )

    def refused(self, reason: Reason) -> None:
        """One signal was not taken."""
        self._refused.labels(reason).inc()

    def executed(self, batch: Batch, took_s: float) -> None:
        """One transaction was committed, in so many seconds."""
        self._transaction.observe(took_s)
        self._executed.inc(batch.filled)
        self._failed.inc(batch.rejected)
        for latency_s in batch.latencies_s:
            self._latency.observe(max(0.0, latency_s))

    def _counter(self, name: str, told: str) -> Counter:
        return Counter(name, told, registry=self.registry)
