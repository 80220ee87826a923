-- Tables of the trading system. They belong to trading_app; the superuser only creates roles.
SET ROLE trading_app;

-- What clients sent and were told is durable.
CREATE TABLE trading_signals (
    signal_id            text PRIMARY KEY,
    asset                text NOT NULL,
    side                 text NOT NULL CHECK (side IN ('BUY', 'SELL')),
    price                double precision NOT NULL CHECK (price > 0),
    quantity             double precision NOT NULL CHECK (quantity > 0),
    confidence           double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    strategy_id          text NOT NULL,
    model_version        text,
    is_warmup            boolean NOT NULL DEFAULT false,
    market_data_snapshot jsonb,
    timestamp            timestamptz NOT NULL,
    received_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    accepted_by          text NOT NULL
);
CREATE INDEX trading_signals_timestamp_idx ON trading_signals (timestamp DESC);
CREATE INDEX trading_signals_received_at_idx ON trading_signals (received_at DESC);
CREATE INDEX trading_signals_strategy_idx ON trading_signals (strategy_id, timestamp DESC);
CREATE INDEX trading_signals_asset_idx ON trading_signals (asset, timestamp DESC);

-- Accepted and not yet executed: a short queue, so that finding work never scans the signals of the past.
CREATE TABLE pending_signals (
    queue_id  bigserial PRIMARY KEY,
    signal_id text NOT NULL UNIQUE REFERENCES trading_signals (signal_id)
);
ALTER TABLE pending_signals SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE orders (
    order_id    text PRIMARY KEY,
    signal_id   text NOT NULL REFERENCES trading_signals (signal_id),
    asset       text NOT NULL,
    side        text NOT NULL CHECK (side IN ('BUY', 'SELL')),
    quantity    double precision NOT NULL,
    price       double precision NOT NULL,
    status      text NOT NULL CHECK (status IN ('filled', 'rejected')),
    epoch       bigint NOT NULL,
    executed_by text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at   timestamptz,
    CONSTRAINT orders_signal_id_key UNIQUE (signal_id)
);
CREATE INDEX orders_created_at_idx ON orders (created_at DESC);

CREATE TABLE execution_events (
    event_id           bigserial PRIMARY KEY,
    execution_id       text NOT NULL UNIQUE,
    order_id           text NOT NULL REFERENCES orders (order_id),
    signal_id          text NOT NULL,
    event_type         text NOT NULL,
    asset              text NOT NULL,
    side               text NOT NULL,
    execution_price    double precision NOT NULL,
    execution_quantity double precision NOT NULL,
    execution_fees     double precision NOT NULL,
    slippage           double precision NOT NULL,
    realized_pnl       double precision NOT NULL,
    epoch              bigint NOT NULL,
    executed_by        text NOT NULL,
    executed_at        timestamptz NOT NULL
);
CREATE INDEX execution_events_executed_at_idx ON execution_events (executed_at DESC);
CREATE INDEX execution_events_signal_idx ON execution_events (signal_id);
CREATE INDEX execution_events_order_idx ON execution_events (order_id);

-- Executions on their way to ClickHouse.
CREATE TABLE outbox (
    outbox_id    bigserial PRIMARY KEY,
    execution_id text NOT NULL,
    payload      jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    shipped_at   timestamptz
);
CREATE INDEX outbox_unshipped_idx ON outbox (outbox_id) WHERE shipped_at IS NULL;

CREATE TABLE positions (
    asset        text PRIMARY KEY,
    quantity     double precision NOT NULL,
    avg_price    double precision NOT NULL,
    realized_pnl double precision NOT NULL,
    risk         double precision NOT NULL,
    margin       double precision NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Who may act. Exactly one row; its epoch only grows.
CREATE TABLE leadership (
    id          integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    leader_id   text,
    epoch       bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 10);
INSERT INTO leadership (id) VALUES (1);

CREATE TABLE leadership_history (
    epoch       bigint PRIMARY KEY,
    leader_id   text NOT NULL,
    acquired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    mode        text NOT NULL CHECK (mode IN ('redis', 'database'))
);

CREATE TABLE instance_heartbeats (
    instance_id text PRIMARY KEY,
    at          timestamptz NOT NULL,
    mode        text NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE model_versions (
    version         text PRIMARY KEY,
    strategy_id     text NOT NULL,
    is_active       boolean NOT NULL,
    training_status text NOT NULL,
    is_warmup       boolean NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX model_versions_created_at_idx ON model_versions (created_at DESC);

CREATE TABLE model_quality_metrics (
    metric_id     bigserial PRIMARY KEY,
    model_version text NOT NULL REFERENCES model_versions (version),
    metric_name   text NOT NULL,
    metric_value  double precision NOT NULL,
    evaluated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX model_quality_metrics_latest_idx ON model_quality_metrics (model_version, metric_name, evaluated_at DESC);

CREATE TABLE subscriptions (
    subscription_id bigserial PRIMARY KEY,
    channel         text NOT NULL,
    symbol          text NOT NULL,
    active          boolean NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_event_at   timestamptz,
    UNIQUE (channel, symbol)
);
CREATE INDEX subscriptions_last_event_idx ON subscriptions (last_event_at DESC);
CREATE INDEX subscriptions_created_at_idx ON subscriptions (created_at DESC);

RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM trading_app;
