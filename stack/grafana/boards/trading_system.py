"""Trading System Monitoring (R-23 to R-25, R-27, R-29): signals, orders, models, health, and what happened last.

Every table takes the newest rows by an index, so it costs the same whatever the size of what it reads from.
"""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel
from grafana_foundation_sdk.models.units import PercentUnit, Seconds

from .frame import board, choice
from .style import GREEN, RED, UP_OR_DOWN, facts_table, lines, number, rows, steps
from .targets import POSTGRES, PROMETHEUS, now, postgres

_SIGNALS = (
    "SELECT signal_id, asset, side, price, confidence, timestamp, strategy_id"
    " FROM trading_signals ORDER BY timestamp DESC LIMIT 100"
)
_ORDERS = (
    "SELECT e.order_id, e.signal_id, e.asset, e.side, e.execution_price, e.execution_quantity, e.execution_fees,"
    " e.executed_at, o.status AS closure_status"
    " FROM (SELECT * FROM execution_events ORDER BY executed_at DESC LIMIT 100) AS e"
    " JOIN orders AS o USING (order_id) ORDER BY e.executed_at DESC"
)
# Ages, not times: a model is not out of date because it was made last week.
_MODELS = (
    "SELECT version AS active_model_version, strategy_id, training_status,"
    " CASE WHEN is_warmup THEN 'warming up' ELSE 'warm' END AS warmup_mode_status,"
    " extract(epoch FROM now() - created_at)::double precision AS age"
    " FROM model_versions WHERE is_active ORDER BY created_at DESC LIMIT 100"
)
_FIGURES = ("win_rate", "orders", "successful_orders", "pnl", "mean_confidence", "confidence_drift")
_COLUMNS = ", ".join(f"max(m.metric_value) FILTER (WHERE n.name = '{name}') AS {name}" for name in _FIGURES)
_NAMES = ", ".join(f"('{name}')" for name in _FIGURES)
_QUALITY = (
    f"SELECT v.version, v.strategy_id, {_COLUMNS}, max(m.evaluated_at) AS evaluated_at"  # noqa: S608 - constants
    f" FROM model_versions AS v CROSS JOIN (VALUES {_NAMES}) AS n (name)"
    " CROSS JOIN LATERAL (SELECT metric_value, evaluated_at FROM model_quality_metrics"
    " WHERE model_version = v.version AND metric_name = n.name ORDER BY evaluated_at DESC LIMIT 1) AS m"
    " WHERE v.is_active GROUP BY v.version, v.strategy_id ORDER BY v.strategy_id"
)

SIGNAL, ORDER, EXECUTION, MODEL, SUBSCRIPTION = EVENT_TYPES = ("signal", "order", "execution", "model", "subscription")
MODEL_SERVICE, ORDER_MANAGER, GATEWAY = SERVICES = ("model-service", "order-manager", "ws-gateway")


def trading_system() -> Dashboard:
    """The board, ready to be written as JSON."""
    return board(
        "trading-system-monitoring",
        "Trading System Monitoring",
        "The newest signals, orders and events, the models behind them, and the health of what they need. "
        "There is no message queue and no connection to an exchange in this system, so no panel for them.",
        variables=[choice("event_type", "Event type", EVENT_TYPES), choice("service", "Service", SERVICES)],
        panels=[*_health(), *_signals_and_orders(), *_models(), _events()],
    )


def _health() -> list[Builder[Panel]]:
    """A service is healthy when nobody fails to reach it: the lowest answer counts."""
    by_source = 'label_replace(portfolio_manager_source_up, "service", "$1", "source", "(.+)")'
    by_target = 'label_replace(up, "service", "$1", "instance", "(.+)")'
    state = f"min by (service) ({by_source}) or min by (service) ({by_target})"
    failing = f"sum by (service) (1 - {by_source}) or sum by (service) (1 - {by_target})"
    return [
        number(
            "System Health",
            "Healthy only when every service is: each instance of the application, Prometheus, and every store for "
            "every instance that uses it.",
            PROMETHEUS,
            now("A", "min(up or portfolio_manager_source_up)", "all"),
            unit="none",
            thresholds=steps(RED, (1, GREEN)),
            said={"_0": ("unhealthy", RED), "_1": ("healthy", GREEN)},
            at=GridPos(x=0, y=0, w=6, h=7),
            runbook="source-down",
        ),
        facts_table(
            "Services",
            "Each service, and how many of those that watch it get no answer. Which error it was is in the answer of "
            "/health of the instance that gets none.",
            {"State": state, "Without an Answer": failing},
            said={"State": UP_OR_DOWN},
            at=GridPos(x=6, y=0, w=8, h=7),
            runbook="source-down",
        ),
        rows(
            "Model State",
            "The active version of each model: its strategy, whether its training is done, whether it still warms up.",
            POSTGRES,
            postgres("A", _MODELS, series=False),
            units={"age": Seconds},
            at=GridPos(x=14, y=0, w=10, h=7),
        ),
    ]


def _signals_and_orders() -> list[Builder[Panel]]:
    return [
        rows(
            "Trading Signals",
            "The 100 newest signals by their own time.",
            POSTGRES,
            postgres("A", _SIGNALS, series=False),
            units={"confidence": PercentUnit},
            at=GridPos(x=0, y=7, w=12, h=10),
            runbook="signal-loss",
        ),
        rows(
            "Order Execution",
            "The 100 newest executions with the state of their orders.",
            POSTGRES,
            postgres("A", _ORDERS, series=False),
            at=GridPos(x=12, y=7, w=12, h=10),
        ),
    ]


def _models() -> list[Builder[Panel]]:
    return [
        rows(
            "Model Quality",
            "Each active model over its part of the newest 500 orders: how many earned something, their share of those "
            "that closed a trade, what all earned, and how far its confidence drifts (newer half less older half).",
            POSTGRES,
            postgres("A", _QUALITY, series=False),
            units={"win_rate": PercentUnit, "mean_confidence": PercentUnit, "pnl": "currencyUSD"},
            at=GridPos(x=0, y=17, w=12, h=8),
        ),
        *(
            lines(
                title,
                why,
                POSTGRES,
                [postgres("A", _quality_over_time(figure), series=True)],
                unit=PercentUnit,
                at=GridPos(x=x, y=17, w=6, h=8),
            )
            for title, why, figure, x in (
                ("Win Rate", "Share of winning orders among those that closed a trade, by model.", "win_rate", 12),
                ("Confidence", "Mean confidence of each model's signals.", "mean_confidence", 18),
            )
        ),
    ]


def _quality_over_time(figure: str) -> str:
    """Each model's rows by the index on model, figure and time."""
    return (
        "SELECT $__timeGroupAlias(evaluated_at, $__interval), v.version AS metric, avg(m.metric_value) AS value"  # noqa: S608
        " FROM model_versions AS v JOIN model_quality_metrics AS m ON m.model_version = v.version"
        f" AND m.metric_name = '{figure}' AND $__timeFilter(m.evaluated_at) WHERE v.is_active GROUP BY 1, 2 ORDER BY 1"
    )


def _events() -> Builder[Panel]:
    return rows(
        "Event History",
        "The 200 newest events of the chosen types and services. The reference application has the parts of all three "
        "services; `instance` is the one that did it.",
        POSTGRES,
        postgres("A", _history(), series=False),
        at=GridPos(x=0, y=25, w=24, h=12),
    )


def _history() -> str:
    """The newest of each kind by its index, and of these the newest.

    The filters compare constants, so that the planner leaves a kind out which was not chosen.
    """
    kinds = (
        (SIGNAL, MODEL_SERVICE, "received_at", "accepted_by", "signal_id", "strategy_id",
         "concat_ws(' ', side, quantity, asset, 'at', price)", "trading_signals"),
        (ORDER, ORDER_MANAGER, "created_at", "executed_by", "order_id", "signal_id",
         "concat_ws(' ', status, side, quantity, asset, 'in epoch', epoch)", "orders"),
        (EXECUTION, ORDER_MANAGER, "executed_at", "executed_by", "execution_id", "order_id",
         "concat_ws(' ', event_type, side, execution_quantity, asset, 'at', execution_price)", "execution_events"),
        (MODEL, MODEL_SERVICE, "created_at", "''", "version", "strategy_id",
         "concat_ws(' ', 'training', training_status)", "model_versions"),
        (SUBSCRIPTION, GATEWAY, "created_at", "''", "subscription_id::text", "symbol",
         "concat_ws(' ', channel, CASE WHEN active THEN 'active' ELSE 'ended' END)", "subscriptions"),
    )  # fmt: skip
    parts = (
        f"(SELECT '{kind}' AS event_type, {at} AS event_timestamp, {event_id} AS event_id,"  # noqa: S608 - constants
        f" {related} AS related_entity_ids, {details} AS event_details, '{service}' AS service_name, {by} AS instance"
        f" FROM {table} WHERE '{kind}' IN ($event_type) AND '{service}' IN ($service) ORDER BY {at} DESC LIMIT 200)"
        for kind, service, at, by, event_id, related, details, table in kinds
    )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS events ORDER BY event_timestamp DESC LIMIT 200"  # noqa: S608
