"""Instance State (R-22): what each instance of the application uses, holds back and fails to reach."""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel
from grafana_foundation_sdk.models.units import BytesIEC, CountsPerSecond, PercentUnit, Seconds, Short

from .frame import board, instances
from .style import BLUE, GREEN, RED, YELLOW, lines, number, steps
from .targets import PROMETHEUS, now, over_time

_CHOSEN = '{instance=~"$instance"}'
_SCRAPED = '{job="portfolio_manager", instance=~"$instance"}'


def instance_state() -> Dashboard:
    """The board, ready to be written as JSON."""
    return board(
        "instance-state",
        "Instance State",
        "Processor, memory, queues and failed calls of each instance of the trading application.",
        variables=[instances()],
        panels=[*_numbers(), *_curves()],
    )


def _numbers() -> list[Builder[Panel]]:
    return [
        number(
            "Instances Up",
            "Instances that Prometheus reaches. Below three the next failure may leave nobody to lead.",
            PROMETHEUS,
            now("A", f"sum(up{_SCRAPED}) or vector(0)", "up"),
            unit=Short,
            thresholds=steps(RED, (2, YELLOW), (3, GREEN)),
            at=GridPos(x=0, y=0, w=4, h=4),
            runbook="instance-down",
        ),
        number(
            "Busiest Processor",
            "Largest share of the machine's processors that one instance uses.",
            PROMETHEUS,
            now("A", f"max(instance_cpu_usage{_CHOSEN})", "busiest"),
            unit=PercentUnit,
            thresholds=steps(GREEN, (0.7, YELLOW), (0.9, RED)),
            at=GridPos(x=4, y=0, w=4, h=4),
        ),
        number(
            "Most Memory",
            "Resident memory of the largest instance; about 100 MiB when all is well.",
            PROMETHEUS,
            now("A", f"max(instance_memory_usage{_CHOSEN})", "largest"),
            unit=BytesIEC,
            thresholds=steps(GREEN, (256 * 2**20, YELLOW), (512 * 2**20, RED)),
            at=GridPos(x=8, y=0, w=4, h=4),
        ),
        number(
            "Queue Length",
            "Acknowledged signals that are not executed yet, as the leader sees it. No data: nobody leads.",
            PROMETHEUS,
            now("A", "max(redis_tss_pending_signals)", "pending"),
            unit=Short,
            thresholds=steps(GREEN, (100, YELLOW), (1000, RED)),
            at=GridPos(x=12, y=0, w=4, h=4),
            runbook="signal-loss",
        ),
        number(
            "Socket Failures",
            "Calls in the time range that no service answered: refused, cut off or too late.",
            PROMETHEUS,
            now("A", f"sum(increase(instance_socket_failures_total{_CHOSEN}[$__range]))", "failures"),
            unit=Short,
            thresholds=steps(GREEN, (1, YELLOW), (100, RED)),
            at=GridPos(x=16, y=0, w=4, h=4),
            runbook="source-down",
        ),
        number(
            "Restarts",
            "How often an instance began again in the time range.",
            PROMETHEUS,
            now("A", f"sum(changes(instance_start_time_seconds{_CHOSEN}[$__range]))", "restarts"),
            unit=Short,
            thresholds=steps(GREEN, (1, YELLOW), (3, RED)),
            at=GridPos(x=20, y=0, w=4, h=4),
            runbook="instance-down",
        ),
    ]


def _curves() -> list[Builder[Panel]]:
    failures = f"sum by (instance, target) (rate(instance_socket_failures_total{_CHOSEN}[$__rate_interval]))"
    return [
        lines(
            "CPU",
            "Share of the machine's processors that each instance uses.",
            PROMETHEUS,
            [over_time("A", f"instance_cpu_usage{_CHOSEN}", "{{instance}}")],
            unit=PercentUnit,
            at=GridPos(x=0, y=4, w=12, h=8),
        ),
        lines(
            "Memory",
            "Resident memory of each instance. A steady climb is a leak.",
            PROMETHEUS,
            [over_time("A", f"instance_memory_usage{_CHOSEN}", "{{instance}}")],
            unit=BytesIEC,
            at=GridPos(x=12, y=4, w=12, h=8),
        ),
        lines(
            "Queues",
            "Signals that wait to be stored, in each instance; the leader's backlogs of signals and of ClickHouse. "
            "A hole: nobody led.",
            PROMETHEUS,
            [
                over_time("A", f"instance_queue_length{_CHOSEN}", "{{instance}} to store"),
                over_time("B", "max(redis_tss_pending_signals)", "to execute"),
                over_time("C", "max(trading_outbox_pending)", "to ship"),
            ],
            unit=Short,
            at=GridPos(x=0, y=12, w=12, h=8),
            runbook="signal-loss",
        ),
        lines(
            "Socket Failures over Time",
            "Calls per second without an answer, by instance and by the service that did not give one.",
            PROMETHEUS,
            [over_time("A", failures, "{{instance}} {{target}}")],
            unit=CountsPerSecond,
            at=GridPos(x=12, y=12, w=12, h=8),
            runbook="source-down",
        ),
        lines(
            "Time to Answer",
            "How long each instance takes to show its figures to Prometheus: an instance that is busy answers late.",
            PROMETHEUS,
            [over_time("A", f"scrape_duration_seconds{_SCRAPED}", "{{instance}}")],
            unit=Seconds,
            thresholds=steps(BLUE, (1, YELLOW), (5, RED)),
            at=GridPos(x=0, y=20, w=12, h=8),
        ),
        lines(
            "Uptime",
            "Time since each instance began; a fall to zero is a restart.",
            PROMETHEUS,
            [over_time("A", f"time() - instance_start_time_seconds{_CHOSEN}", "{{instance}}")],
            unit=Seconds,
            at=GridPos(x=12, y=20, w=12, h=8),
            runbook="instance-down",
        ),
    ]
