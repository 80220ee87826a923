-- The dashboards' role reads these six tables and nothing else.
GRANT SELECT ON trading_signals, orders, execution_events, model_versions, model_quality_metrics, subscriptions
    TO grafana_monitor;
