"""Names that no series has, found in expressions as boards have them."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.timing.promql_names import unknown_names

TOLD = {
    "up": frozenset({"__name__", "job", "instance"}),
    "orders_total": frozenset({"__name__", "job", "instance", "status"}),
    "leader_info": frozenset({"__name__", "job", "instance", "leader"}),
}


@pytest.mark.parametrize(
    "text",
    [
        "up",
        'sum by (status) (rate(orders_total{instance=~"$instance"}[$__rate_interval]))',
        "sum by (instance) (up) / on (instance) group_left () max by (instance) (leader_info)",
        'max by (redis) (label_replace(leader_info, "redis", "$1", "leader", "(.*)")) or vector(0)',
        "time() - max(up) > $__range_s",
        "count without (job) (up) or on () vector(0)",
        'label_replace(up, "shown", "${1}", "instance", "(.*)") * on (shown) label_replace(up, "shown", "a", "", "")',
        "topk(${most}, orders_total)",
    ],
)
def test_what_is_told_may_be_asked(text: str) -> None:
    """Also with a board's variables in it, and with labels that the expression makes."""
    assert unknown_names(text, TOLD) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("up_v2 or vector(0)", "reads up_v2, which nobody tells"),
        ('orders_total{state="filled"}', "asks orders_total for the label state, which it does not have"),
        ("sum by (pod) (up)", "groups by (pod), which no series there has"),
        ("sum without (pod) (up)", "groups without (pod), which no series there has"),
        ("up == on (pod) up", "groups on (pod), which no series there has"),
        ("up == ignoring (pod) up", "groups ignoring (pod), which no series there has"),
        ("orders_total / on (status) up", "groups on (status), which no series there has"),
        ("sum by (job) (sum by (instance) (up))", "groups by (job), which no series there has"),
        ("max(sum without (instance) (up)) + sum by (instance) (sum without (instance) (up))", "groups by (instance)"),
        ("rate(gone_total[$__rate_interval:1s])", "reads gone_total"),
    ],
)
def test_what_nobody_tells_is_named(text: str, said: str) -> None:
    """Wherever it stands; a label that an aggregation took away is gone for those around it."""
    (found,) = unknown_names(text, TOLD)
    assert said in found


def test_each_is_named_once() -> None:
    """However often it stands there, in the order of the text."""
    assert unknown_names("a_v2 + up + b_v2 / a_v2", TOLD) == (
        "reads a_v2, which nobody tells",
        "reads b_v2, which nobody tells",
    )


def test_what_does_not_parse_is_an_error() -> None:
    """With the text."""
    with pytest.raises(UsageError, match=r"sum\(.*does not parse"):
        unknown_names("sum(", TOLD)
