"""Instance State: what each instance uses, holds back and fails to reach."""

from __future__ import annotations

from harness.checks.truth import Promise, Said, Scraped, Waiting
from stack.truths.words import (
    ANSWERS,
    AT_ONCE,
    FAILURES,
    FILLS,
    INSTANCE,
    NOT_READ,
    NOT_WATCHED,
    PENDING,
    READ_BY_LEADER,
    SHIPPED,
    gauge,
    queue,
    waiting,
)

INSTANCE_STATE: tuple[Promise, ...] = (
    Said(board=INSTANCE, panel="Instances Up", words=(ANSWERS,), way=AT_ONCE, fold="sum", unless=NOT_WATCHED),
    Scraped(board=INSTANCE, panel="Busiest Processor", metric="instance_cpu_usage", fold="max"),
    Scraped(board=INSTANCE, panel="Most Memory", metric="instance_memory_usage", fold="max"),
    waiting(INSTANCE, "Queue Length", READ_BY_LEADER, unless=NOT_READ),
    queue(INSTANCE, "Queue Length", "A", PENDING),
    Scraped(board=INSTANCE, panel="Socket Failures", metric=FAILURES, how="increase"),
    Scraped(board=INSTANCE, panel="Restarts", metric="instance_start_time_seconds", how="changes"),
    gauge(INSTANCE, "CPU", "instance_cpu_usage"),
    gauge(INSTANCE, "Memory", "instance_memory_usage"),
    gauge(INSTANCE, "Queues", "instance_queue_length"),
    waiting(INSTANCE, "Queues", READ_BY_LEADER, ref="B", unless=NOT_READ),
    queue(INSTANCE, "Queues", "B", PENDING),
    queue(INSTANCE, "Queues", "C", "trading_outbox_pending"),
    Waiting(
        board=INSTANCE,
        panel="Queues",
        ref="C",
        came=FILLS,
        gone=SHIPPED,
        key="event_id",
        way=READ_BY_LEADER,
        unless=NOT_READ,
    ),
    Scraped(
        board=INSTANCE,
        panel="Socket Failures over Time",
        metric=FAILURES,
        how="rate",
        by=("instance", "target"),
    ),
    gauge(INSTANCE, "Time to Answer", "scrape_duration_seconds"),
    gauge(INSTANCE, "Uptime", "instance_start_time_seconds", "age"),
)
