-- The models whose strategies the signals name, and subscriptions. The quality of the active ones is measured by the
-- application; what stands here is their past.
SET ROLE trading_app;
INSERT INTO model_versions (version, strategy_id, is_active, training_status, is_warmup, created_at) VALUES
    ('momentum-2.3.0', 'momentum', true, 'completed', false, now() - interval '2 days'),
    ('momentum-2.2.1', 'momentum', false, 'completed', false, now() - interval '9 days'),
    ('mean-reversion-1.0.0', 'mean-reversion', true, 'training', true, now() - interval '3 hours'),
    ('order-flow-1.1.0', 'order-flow', true, 'completed', false, now() - interval '4 days');
INSERT INTO model_quality_metrics (model_version, metric_name, metric_value, evaluated_at) VALUES
    ('momentum-2.3.0', 'win_rate', 0.57, now() - interval '1 hour'),
    ('momentum-2.3.0', 'sharpe_ratio', 1.4, now() - interval '1 hour'),
    ('momentum-2.2.1', 'win_rate', 0.53, now() - interval '8 days'),
    ('mean-reversion-1.0.0', 'win_rate', 0.50, now() - interval '1 hour');
INSERT INTO subscriptions (channel, symbol, active, created_at, last_event_at) VALUES
    ('trades', 'BTCUSDT', true, now() - interval '2 days', now()),
    ('trades', 'ETHUSDT', true, now() - interval '2 days', now()),
    ('orderbook', 'BTCUSDT', false, now() - interval '9 days', now() - interval '2 days');
RESET ROLE;
