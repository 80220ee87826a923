"""Trading System Monitoring: the newest of everything, and the health of what it needs."""

from __future__ import annotations

from harness.checks.truth import Listed, NewestFirst, Promise, Said
from stack.truths.words import ACCEPTED, ANSWERS, AT_ONCE, EXECUTIONS, NOT_WATCHED, ORDERS, SIGNALS, SYSTEM, up

_SOURCES = ("postgres", "redis", "clickhouse")
TRADING_SYSTEM: tuple[Promise, ...] = (
    Said(
        board=SYSTEM,
        panel="System Health",
        words=(ANSWERS, *(up(source) for source in _SOURCES)),
        way=AT_ONCE,
        fold="min",
        besides=("localhost:9090",),  # Prometheus itself, as it names itself
        unless=NOT_WATCHED,
    ),
    *(
        Said(
            board=SYSTEM,
            panel="Services",
            ref=ref,
            words=(up(source),),
            way=AT_ONCE,
            fold=fold,
            label="service",
            series=source,
        )
        for source in _SOURCES
        for ref, fold in (("A", "min"), ("B", "missing"))
    ),
    Said(board=SYSTEM, panel="Services", words=(ANSWERS,), way=AT_ONCE, label="service", unless=NOT_WATCHED),
    NewestFirst(
        board=SYSTEM,
        panel="Trading Signals",
        listed=(Listed(of=SIGNALS, name="id", order="due_s"),),
        column="signal_id",
        most=100,
    ),
    NewestFirst(
        board=SYSTEM,
        panel="Order Execution",
        listed=(Listed(of=EXECUTIONS, name="effect_id", order="at_s"),),
        column="order_id",
        most=100,
    ),
    NewestFirst(
        board=SYSTEM,
        panel="Event History",
        listed=(
            Listed(of=ACCEPTED, name="id", order="at_s"),
            Listed(of=ORDERS, name="effect_id", order="at_s"),
            Listed(of=EXECUTIONS, name="event_id", order="at_s"),
        ),
        column="event_id",
        most=200,
    ),
)
