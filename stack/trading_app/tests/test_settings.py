"""Settings: production defaults that fit together, and one clear sentence when they do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from trading_app import known_bad, parts, settings
from trading_app.errors import SettingsError

NEEDED = {
    "TRADING_POSTGRES_PASSWORD": "p",
    "TRADING_REDIS_PASSWORD": "r",
    "TRADING_CLICKHOUSE_USER": "c",
    "TRADING_CLICKHOUSE_PASSWORD": "c",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what must be given is given."""
    for name in [name for name in os.environ if name.startswith("TRADING_")]:
        monkeypatch.delenv(name)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def test_defaults_are_production_timing() -> None:
    """Without timings in the environment the production ones hold, and they contradict nothing."""
    loaded = settings.load()
    assert (loaded.lease_ttl_s, loaded.lease_renew_s, loaded.redis_retry_s) == (30, 10, 5)


def test_secrets_are_not_shown() -> None:
    """Printing the settings shows no password."""
    assert "'p'" not in repr(settings.load())


def test_missing_secret_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing password is named by its variable."""
    monkeypatch.delenv("TRADING_REDIS_PASSWORD")
    with pytest.raises(SettingsError, match="TRADING_REDIS_PASSWORD"):
        settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRADING_LEASE_RENEW_S", "16"),
        ("TRADING_DB_SYNC_S", "16"),
        ("TRADING_DB_TIMEOUT_S", "16"),
        ("TRADING_REDIS_TIMEOUT_S", "16"),
        ("TRADING_HEARTBEAT_S", "16"),
        ("TRADING_LEASE_TTL_S", "0"),
        ("TRADING_LEASE_TTL_S", "inf"),
        ("TRADING_LISTEN_PORT", "many"),
        ("TRADING_INSTANCE_ID", "with:colon"),
    ],
)
def test_contradiction_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A value that cannot work, alone or beside the others, is refused and named."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        settings.load()


def test_start_with_bad_settings_is_one_sentence_and_code_2() -> None:
    """The process ends with exit code 2 and one line on standard error, without a traceback."""
    package = Path(settings.__file__).parents[1]
    environment = {**os.environ, "TRADING_KNOWN_BAD": "no-such", "PYTHONPATH": str(package)}
    command = [sys.executable, "-m", "trading_app.main"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no-such" in done.stderr
    assert "fence-off" in done.stderr


def test_known_bad_names_are_a_comma_list() -> None:
    """Spaces and repetition do not matter; nothing is nothing."""
    assert known_bad.parse(" unique-off, fence-off,unique-off ,") == ("fence-off", "unique-off")
    assert known_bad.parse("") == ()


def test_good_application_has_no_mistake_built_in() -> None:
    """Without a variant the fence locks the record, claims skip locked rows, and orders are unique by signal."""
    given = settings.load()
    good = known_bad.built_in((), parts.build(given), given)
    bad = known_bad.built_in(("fence-off", "unique-off"), good, given)
    assert "FOR SHARE" in good.statements.fence
    assert "SKIP LOCKED" in good.statements.claim
    assert "ON CONFLICT (signal_id) DO NOTHING" in good.statements.insert_orders
    assert good.statements.at_start == ()
    assert type(bad.rules) is not type(good.rules)
    assert bad.statements.fence != good.statements.fence
