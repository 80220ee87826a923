"""Which literals of an expression are durations, and what cannot be scaled."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.timing import compress_promql
from harness.timing.compress_promql import _same_but_scaled, compress_expression
from harness.timing.promql import parse
from harness.timing.units import CannotScaleError, duration_literals


def scaled(text: str, *real_time: str) -> str:
    """The expression at a time scale of ten."""
    return compress_expression(text, 10, where="test", real_time=real_time)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timestamp(x_timestamp) - x_timestamp > 30", "timestamp(x_timestamp) - x_timestamp > 3"),
        ("time() - process_start_time_seconds < 600", "time() - process_start_time_seconds < 60"),
        ("30 < time() - max(x_timestamp_seconds)", "3 < time() - max(x_timestamp_seconds)"),
        ("x_timestamp + 30 < time()", "x_timestamp + 3 < time()"),
        ("(min(time() - x_timestamp) or vector(Inf)) > 30", "(min(time() - x_timestamp) or vector(Inf)) > 3"),
        ("(time() - x_timestamp) * 1000 > 30000", "(time() - x_timestamp) * 1000 > 3000"),
        ("time() - x_timestamp > 5 * 60", "time() - x_timestamp > 0.5 * 60"),
        ("max_over_time(up[1h30m] offset 5m) < 1", "max_over_time(up[9m] offset 30s) < 1"),
        ("max_over_time((time() - x_timestamp)[10m:1m]) > 60", "max_over_time((time() - x_timestamp)[1m:6s]) > 6"),
        ("sum(up) < 2", "sum(up) < 2"),
        ("topk(3, up) == 0", "topk(3, up) == 0"),
        ('count(up{instance="5m"} == 0) > 1 # not 30s', 'count(up{instance="5m"} == 0) > 1 # not 30s'),
        ("rate(a_total[5m]) / rate(b_total[5m]) > 0.05", "rate(a_total[30s]) / rate(b_total[30s]) > 0.05"),
        ("increase(a_total[5m]) > 0", "increase(a_total[30s]) > 0"),
        ("max(x_epoch) - min(min_over_time(x_epoch[1h])) > 3", "max(x_epoch) - min(min_over_time(x_epoch[6m])) > 3"),
        ("delta(x_timestamp[5m]) > 60", "delta(x_timestamp[30s]) > 6"),
        ("clamp_max(time() - x_timestamp, 120) > 30", "clamp_max(time() - x_timestamp, 12) > 3"),
        ("absent(x_timestamp) or (time() - x_timestamp > 60)", "absent(x_timestamp) or (time() - x_timestamp > 6)"),
        ("predict_linear(x_bytes[1h], 4 * 3600) < 0", "predict_linear(x_bytes[6m], 0.4 * 3600) < 0"),
        ("time() - x_timestamp > bool 30 == 1", "time() - x_timestamp > bool 3 == 1"),
        ("-30 > x_timestamp - time()", "-3 > x_timestamp - time()"),
        ("quantile(0.9, time() - x_timestamp) > 0x1E", "quantile(0.9, time() - x_timestamp) > 3"),
    ],
)
def test_durations_shrink_and_nothing_else_does(text: str, expected: str) -> None:
    """Windows, offsets, steps and literals in seconds are divided; counts, ratios and texts stay."""
    assert scaled(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "rate(a_total[1h]) * 3600 > 10",
        "increase(a_total[1h]) > 10",
        "changes(up[1h]) > 3",
        "x_per_sec > 5",
        "x_latency_ms > 500",
        "histogram_quantile(0.99, sum by (le) (rate(x_seconds_bucket[5m]))) > 0.5",
        "x_timestamp > 1700000000",
        "time() - x_timestamp > up",
        "floor(time() - x_timestamp) > 30",
        "hour() > 9",
        "up @ 1700000000 == 0",
        "job:up:rate5m > 3",
        "up + (time() - x_timestamp) > 30",
        "sum(x_timestamp) > 30",
    ],
)
def test_what_cannot_be_scaled_for_certain_is_an_error(text: str) -> None:
    """Rates and counts against real time, unknown units and mixed dimensions are refused, with the place."""
    with pytest.raises(UsageError, match=r"^test: cannot be run at another time scale: "):
        scaled(text)


def test_real_times_that_are_declared_stay() -> None:
    """A recovery that really takes 500 ms takes them at any time scale."""
    assert scaled("x_recovery_time_ms > 500", "x_recovery_*") == "x_recovery_time_ms > 500"


def test_what_does_not_parse_is_named() -> None:
    """The error names the place and not a line of the harness."""
    with pytest.raises(UsageError, match=r"^test: the expression does not parse"):
        scaled("up{")


def test_a_window_of_less_than_a_millisecond_is_an_error() -> None:
    """Prometheus has no shorter duration."""
    with pytest.raises(UsageError, match="less than a millisecond"):
        compress_expression("rate(a_total[1s]) > 0", 3000, where="test")


def test_milliseconds_keep_a_scaled_window_exact() -> None:
    """20 s at a scale of fifteen are 1333 ms, rounded to the millisecond."""
    assert compress_expression("max_over_time(up[20s]) > 0", 15, where="test") == "max_over_time(up[1s333ms]) > 0"


@pytest.mark.parametrize(
    "other",
    [
        "sum by (a) (max_over_time(x[6s])) > 4",
        "sum by (a) (max_over_time(x[1m])) > 3",
        "sum by (b) (max_over_time(x[6s])) > 3",
        "sum by (a) (min_over_time(x[6s])) > 3",
        "sum by (a) (max_over_time(y[6s])) > 3",
        "sum by (a) (max_over_time(x[6s])) >= 3",
        "sum by (a) (max_over_time(x[6s])) > bool 3",
        "sum by (a) (max_over_time(x[6s] offset 1s)) > 3",
        "max by (a) (max_over_time(x[6s])) > 3",
        "sum by (a) (max_over_time(x[6s])) > 3 > 3",
    ],
)
def test_the_result_is_compared_with_the_original_node_by_node(other: str) -> None:
    """Whatever differs beside the scaled durations is noticed, should the rewriting ever go wrong."""
    original = parse("sum by (a) (max_over_time(x[1m])) > 3", "test")
    right = parse("sum by (a) (max_over_time(x[6s])) > 3", "test")
    assert _same_but_scaled(original, right, 10, frozenset())
    assert not _same_but_scaled(original, parse(other, "test"), 10, frozenset())


def test_a_rewriting_that_goes_wrong_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that does not mean the same is an error and never mounted."""
    monkeypatch.setattr(compress_promql, "_rewritten", lambda text, *_: text)
    with pytest.raises(UsageError, match="is not what"):
        scaled("max_over_time(up[5m]) > 0")


def test_literals_are_counted_in_the_order_of_the_text() -> None:
    """The parameter of an aggregation stands before what it aggregates."""
    assert duration_literals(parse("topk(3, time() - x_timestamp) > 30", "test")) == {1}
    with pytest.raises(CannotScaleError):
        duration_literals(parse("rate(a_total[5m]) > 1", "test"))


def test_a_count_an_hour_stays_one_when_its_events_follow_the_compressed_clock() -> None:
    """Rates of such events grow with k, and the hour they are reckoned for shrinks; else neither is known."""
    text = "rate(leadership_changes_total[1h]) * 3600 > 10"
    tree = parse(text, "here")
    assert duration_literals(tree, events=("leadership_*",)) == {0}
    with pytest.raises(CannotScaleError):
        duration_literals(tree)
    with pytest.raises(CannotScaleError):  # a bare rate has a threshold that would have to grow
        duration_literals(parse("rate(leadership_changes_total[1h]) > 10", "here"), events=("leadership_*",))
    with pytest.raises(CannotScaleError):  # part of it comes at its real pace
        duration_literals(parse("rate({__name__=~'a|b'}[1h]) * 3600 > 10", "here"), events=("leadership_*",))
