"""High Availability: who leads, whether the record keeps up, where the two stores disagree."""

from __future__ import annotations

from dataclasses import replace

from harness.checks.truth import HolderNamed, Promise, Said, SaidName, Scraped, TermsGained, Word
from stack.truths.words import (
    ANSWERS,
    AT_ONCE,
    AVAILABILITY,
    BY_INSTANCE,
    HEARTBEAT,
    LEADERSHIP,
    LEADS,
    NOT_WATCHED,
    SEEN_IN_RECORD,
    STATUS,
    SYNCS,
    gauge,
)

_WITHOUT_REDIS = Word(path=("body", "mode"), equals="database")
_A_REAL_HOUR_S = 3600.0  # the panels name an hour in their query, which no time scale makes shorter
HIGH_AVAILABILITY: tuple[Promise, ...] = (
    Scraped(board=AVAILABILITY, panel="Overall Alert Status", metric=STATUS, fold="max"),
    HolderNamed(board=AVAILABILITY, panel="Current Leader", terms=LEADERSHIP, way=AT_ONCE),
    Said(board=AVAILABILITY, panel="Leaders", words=(LEADS,), way=AT_ONCE, fold="sum"),
    Said(board=AVAILABILITY, panel="Instance Status", words=(ANSWERS,), way=AT_ONCE, unless=NOT_WATCHED),
    *(
        TermsGained(board=AVAILABILITY, panel=panel, terms=LEADERSHIP, window_s=_A_REAL_HOUR_S, way=SEEN_IN_RECORD)
        for panel in ("Leadership Changes per Hour", "Changes per Hour over Time")
    ),
    Scraped(board=AVAILABILITY, panel="Oldest Heartbeat", metric=HEARTBEAT, how="behind", fold="max"),
    Said(board=AVAILABILITY, panel="Without Redis", words=(_WITHOUT_REDIS,), way=AT_ONCE, fold="sum"),
    Scraped(
        board=AVAILABILITY,
        panel="Fencing Conflicts",
        metric="portfolio_manager_fencing_conflicts_total",
        how="increase",
    ),
    *(
        SaidName(
            board=AVAILABILITY,
            panel="Leader by Redis and by the Record",
            ref=ref,
            path=("body", f"leader_{store}"),
            shown_as=store,
            nobody="none",
            way=AT_ONCE,
        )
        for ref, store in (("A", "redis"), ("B", "db"))
    ),
    Said(
        board=AVAILABILITY,
        panel="Leader by Redis and by the Record",
        ref="C",
        words=(Word(path=("body", "leader_redis"), same_as=("body", "leader_db")),),
        way=AT_ONCE,
    ),
    *(
        Said(board=AVAILABILITY, panel="Instance Health", ref=ref, words=(word,), way=AT_ONCE, unless=NOT_WATCHED)
        for ref, word in (
            ("A", ANSWERS),
            ("B", LEADS),
            ("C", _WITHOUT_REDIS),
            ("F", Word(path=("body", "recovery", "time_ms"))),
        )
    ),
    *(
        replace(gauge(AVAILABILITY, "Instance Health", metric, how), ref=ref)
        for ref, metric, how in (
            ("D", HEARTBEAT, "behind"),
            ("E", STATUS, "now"),
            ("G", "instance_start_time_seconds", "age"),
        )
    ),
    Scraped(
        board=AVAILABILITY,
        panel="Sync Rate",
        metric=SYNCS,
        how="rate",
        only=(("result", "success"),),
        by=BY_INSTANCE,
    ),
    gauge(AVAILABILITY, "Sync Failure Rate", "portfolio_manager_db_sync_failure_rate"),
    *(
        replace(
            gauge(AVAILABILITY, "Sync Latency by Instance", f"portfolio_manager_db_sync_{name}_latency_ms"), ref=ref
        )
        for ref, name in (("A", "p50"), ("B", "p95"), ("C", "p99"))
    ),
    Said(board=AVAILABILITY, panel="Who Leads", words=(LEADS,), way=AT_ONCE),
    gauge(AVAILABILITY, "Heartbeat Age", HEARTBEAT, "behind"),
)
