"""Each kind of promise: right, and wrong in the way that its panels go wrong."""

from __future__ import annotations

from dataclasses import replace
from math import floor
from typing import Any

import pytest

from harness.checks import Truth
from harness.checks.truth import (
    CLIENT,
    Happenings,
    Held,
    HolderNamed,
    Increase,
    Listed,
    NewestFirst,
    OfRange,
    Promise,
    Quantile,
    Said,
    SaidName,
    Scraped,
    ScrapedQuantile,
    SumSoFar,
    TermNumber,
    Terms,
    TermsGained,
    Waiting,
    Way,
    Word,
)
from harness.checks.truth.scraped_quantiles import quantile
from harness.model import Record, Verdict
from harness.recorded import Stream
from tests.harness.checks.story import BEGIN_S, verdict, worst
from tests.harness.checks.truth.shop import BOARD, LOADS, PANEL, SCRAPES, Shop, Values, done_at, scraped_at

AT: dict[str, Any] = {"board": BOARD, "panel": PANEL}
CAME = Happenings(rows=CLIENT, seen_by=("by_s",))
DONE = Happenings(rows="event", seen_by=("committed_s",))
SHIPPED = Happenings(rows="event", seen_by=("shipped_s",))
TERMS = Terms(rows="epoch", number="epoch", holder="leader")
AT_ONCE, SCRAPED = Way(), Way(scraped=True)
LATE = LOADS[7:]  # the board looks back a minute, and in these the run is older than that


def judged(promise: Promise, run: Record) -> Verdict:
    """The check with this promise and a narrow allowance."""
    return verdict(Truth(promises=(promise,), allowance_s=0.1), run)


def both(promise: Promise, right: Any, wrong: Any, **how: Any) -> list[Verdict]:
    """What is said of a panel that shows the one, and of a panel that shows the other."""
    return [judged(promise, Shop().shows(values, **how)) for values in (right, wrong)]


PASS_FAIL = [Verdict.PASS, Verdict.FAIL]


def test_held_counts_groups_that_hold_something() -> None:
    """`moved` opens and closes in turn for each parity: 2, 2, then 1 and 0 open."""
    held = Held(**AT, of=replace(DONE, amount="moved"), group="asset", way=AT_ONCE)

    def right(at_s: float) -> Values:
        amounts = {0: 0.0, 1: 0.0}
        for number in range(600):
            if done_at(number) <= at_s:
                amounts[number % 2] += 1.0 if number % 4 < 2 else -1.0
        return [{"value": sum(amount != 0 for amount in amounts.values())}]

    assert both(held, right, lambda at_s: [{"value": right(at_s)[0]["value"] + 1}]) == PASS_FAIL


def test_waiting_is_what_came_and_has_not_gone() -> None:
    """Nothing waits between two signals; the count of all that came is another metric."""
    waiting = Waiting(**AT, came=CAME, gone=DONE, way=AT_ONCE)
    assert both(waiting, lambda _: [{"value": 0}], lambda at_s: [{"value": int(at_s)}]) == PASS_FAIL


def test_an_increase_over_the_range_is_extended_as_prometheus_does() -> None:
    """60 in a minute; those of an hour, or of one instance in three, are not."""
    increase = Increase(**AT, of=CAME)
    assert both(increase, lambda _: [{"value": 60.0}], lambda _: [{"value": 20.0}], loads=LATE) == PASS_FAIL


@pytest.mark.parametrize(("grain_s", "right", "wrong"), [(0.0, 59, 61), (1.0, 61, 59)])
def test_a_sum_over_the_range(grain_s: float, right: int, wrong: int) -> None:
    """By whole seconds the first and the last second belong to it; what is not shipped yet may be in it or not."""
    counted = OfRange(**AT, of=SHIPPED, how="sum", grain_s=grain_s)

    def shown(total: float) -> Any:
        return lambda _: [{"value": 1.0, "total": total}]

    loads = [at_s + 0.9 for at_s in LATE]
    assert both(counted, shown(60), shown(wrong), loads=loads) == PASS_FAIL
    assert judged(counted, Shop().shows(shown(right), loads=loads)) is Verdict.PASS


def test_a_mean_over_the_range() -> None:
    """The mean of those of a minute; the greatest is not a mean."""
    mean = OfRange(**AT, of=replace(SHIPPED, amount="price"), how="mean")

    def right(at_s: float) -> Values:
        inside = [number % 7 for number in range(600) if at_s - 60 <= done_at(number) <= at_s - 0.5]
        return [{"value": sum(inside) / len(inside)}]

    assert both(mean, right, lambda _: [{"value": 6.0}], loads=LATE) == PASS_FAIL


def test_the_newest_interval_by_group() -> None:
    """Each group has a series of its own; one without its label, or with another's value, is wrong."""
    by_asset = OfRange(
        **AT, of=replace(DONE, amount="price"), how="mean", newest_interval=True, group="asset", label="of"
    )

    def shown(at_s: float, wrong: float = 0.0, label: str = "of") -> Values:
        inside = [number for number in range(600) if at_s <= done_at(number) < at_s + 10]
        return [
            {"value": sum(n % 7 for n in own) / len(own) + wrong, "labels": {label: name}}
            for name, own in (("even", inside[0::2]), ("odd", inside[1::2]))
        ]

    def complete(at_s: float) -> float:
        return floor((BEGIN_S + at_s) / 10) * 10 - BEGIN_S

    loads = [complete(at) + 9.95 for at in LOADS[3:]]
    right = Shop().shows(shown, loads=loads, step_s=10.0)
    assert judged(by_asset, right) is Verdict.PASS
    for values in (lambda at_s: shown(at_s, wrong=2.0), lambda at_s: shown(at_s, label="pod")):
        assert judged(by_asset, Shop().shows(values, loads=loads, step_s=10.0)) is Verdict.FAIL


def test_a_group_that_has_rows_and_is_not_shown_is_missed() -> None:
    """A filter that hides what was rejected."""
    by_status = OfRange(**AT, of=SHIPPED, how="sum", group="status")

    def shown(*names: str) -> Any:
        parts = {"filled": 54.0, "rejected": 6.0}
        return lambda _: [{"value": 1.0, "name": name, "total": parts[name]} for name in names]

    assert both(by_status, shown("filled", "rejected"), shown("filled"), loads=LATE) == PASS_FAIL


def test_a_quantile_lies_in_its_bucket() -> None:
    """Nine of ten take 0.02 s, one 0.2 s."""
    buckets = (0.01, 0.025, 0.1, 0.25, 1.0)
    p50 = Quantile(**AT, of=replace(DONE, amount="latency"), share=0.5, buckets=buckets)
    assert both(p50, lambda _: [{"value": 0.018}], lambda _: [{"value": 0.2}], loads=LATE) == PASS_FAIL
    p99 = replace(p50, share=0.99)
    assert both(p99, lambda _: [{"value": 0.2}], lambda _: [{"value": 0.02}], loads=LATE) == PASS_FAIL


def each(first: float, second: float, label: str = "instance") -> Any:
    """A panel with a value an instance."""
    pair = (("trading-1", first), ("trading-2", second))
    return lambda _: [{"value": value, "labels": {label: name}} for name, value in pair]


def test_what_every_service_says_of_itself() -> None:
    """Each with its own value, under its own name."""
    leads = Said(**AT, words=(Word(path=("body", "leader")),), way=SCRAPED)
    assert both(leads, each(1, 0), each(0, 1)) == PASS_FAIL
    assert judged(leads, Shop().shows(each(1, 0, label="pod"))) is Verdict.FAIL
    assert both(replace(leads, fold="sum"), lambda _: [{"value": 1}], lambda _: [{"value": 2}]) == PASS_FAIL
    assert both(replace(leads, fold="missing", series="all"), *(
        (lambda _, value=value: [{"value": value, "labels": {"instance": "all"}}]) for value in (1, 0)
    )) == PASS_FAIL  # fmt: skip


def test_a_service_that_prometheus_does_not_reach_is_not_compared() -> None:
    """It answers when asked for its health, and the panel rightly has no value of it."""
    shop = Shop()
    leads = Said(**AT, words=(Word(path=("body", "leader")),), way=SCRAPED)
    run = shop.shows(each(0, 0))
    assert judged(leads, run) is Verdict.FAIL
    for line in shop.story.streams[next(one for one in shop.story.streams if one.value == "series")]:
        if line.data.get("labels") == {"__name__": "up", "instance": "trading-1"}:
            line.data["samples"][:] = [[at, "0"] for at, _ in line.data["samples"]]
    assert judged(leads, run) is Verdict.PASS


def test_where_prometheus_misses_what_nobody_asks_nothing_is_compared() -> None:
    """The panel counts Prometheus as well, which did not reach itself in time: its zero is right."""
    shop = Shop()
    everybody = Said(**AT, words=(Word(path=("http",), there=True),), way=SCRAPED, fold="min", besides=("itself",))
    shop.samples("up", "itself", {at: float(at != 75.0) for at in SCRAPES})
    run = shop.shows(lambda at_s: [{"value": float(scraped_at(at_s) != 75.0)}])
    assert judged(everybody, run) is Verdict.PASS
    assert judged(replace(everybody, besides=()), run) is Verdict.FAIL


def test_each_series_is_held_to_its_own_newest_point() -> None:
    """One instance was frozen: its curve ends earlier, and the others' newest values are not as old."""
    weight = Scraped(**AT, metric="weight", by=("instance",))

    def shown(at_s: float) -> Values:
        frozen_s = min(at_s, 200.0)
        points = (("trading-1", frozen_s, 0), ("trading-2", at_s, 1))
        return [
            {"value": scraped_at(point_s) + more, "labels": {"instance": name}, "at_s": BEGIN_S + point_s}
            for name, point_s, more in points
        ]

    assert both(weight, shown, lambda at_s: [{**one, "at_s": BEGIN_S + at_s} for one in shown(at_s)]) == PASS_FAIL


def test_what_nobody_says_is_unknown() -> None:
    """No health between two looks, or no such word in it."""
    weight = Said(**AT, words=(Word(path=("body", "weight")),), way=SCRAPED)
    assert judged(weight, Shop().shows(each(1, 0))) is Verdict.UNKNOWN


def test_a_name_that_each_service_says() -> None:
    """Shown as a label; `none` where it names nobody."""
    named = SaidName(**AT, path=("body", "sees"), shown_as="seen", nobody="none", way=SCRAPED)

    def shop() -> Shop:
        made = Shop()
        for line in made.story.streams[next(one for one in made.story.streams if one.value == "health")]:
            line.data["body"]["sees"] = "trading-1" if line.data["service"] == "trading-1" else None
        return made

    def shown(*names: str) -> Any:
        pairs = list(zip(("trading-1", "trading-2"), names, strict=True))
        return lambda _: [{"value": 1, "labels": {"instance": one, "seen": name}} for one, name in pairs]

    assert judged(named, shop().shows(shown("trading-1", "none"))) is Verdict.PASS
    assert judged(named, shop().shows(shown("trading-1", "trading-1"))) is Verdict.FAIL
    assert judged(named, shop().shows(lambda at_s: shown("trading-1", "none")(at_s)[:1])) is Verdict.FAIL


@pytest.mark.parametrize(
    ("gone_s", "shown_as", "expected"),
    [
        ((300.0, 315.0), "none", Verdict.PASS),
        ((280.0, 315.0), "none", Verdict.FAIL),
        ((300.0, 340.0), "none", Verdict.FAIL),
        ((300.0, 315.0), "trading-9", Verdict.FAIL),
    ],
)
def test_between_two_names_there_may_have_been_nobody(
    gone_s: tuple[float, float], shown_as: str, expected: Verdict
) -> None:
    """A lease ends before it is taken, which no sample may have met; before and after there was a name."""
    named = SaidName(**AT, path=("body", "sees"), shown_as="seen", nobody="none", way=SCRAPED)
    shop = Shop()
    for line in shop.story.streams[Stream.HEALTH]:
        line.data["body"]["sees"] = "trading-1" if line.wall_s < BEGIN_S + 300 else "trading-2"

    def shown(at_s: float) -> Values:
        scrape_s = scraped_at(at_s)
        name = "trading-1" if scrape_s < gone_s[0] else shown_as if scrape_s < gone_s[1] else "trading-2"
        return [{"value": 1, "labels": {"instance": one, "seen": name}} for one in ("trading-1", "trading-2")]

    assert judged(named, shop.shows(shown)) is expected


@pytest.mark.parametrize(
    ("apart_s", "expected"),
    [
        ((300.0, 315.0), Verdict.PASS),
        ((300.0, 300.0), Verdict.PASS),
        ((280.0, 315.0), Verdict.FAIL),
        ((300.0, 340.0), Verdict.FAIL),
    ],
)
def test_two_stores_hardly_change_at_once(apart_s: tuple[float, float], expected: Verdict) -> None:
    """When both say a new name in the next sample they may have differed in between, and at no other time."""
    agree = Said(**AT, words=(Word(path=("body", "sees"), same_as=("body", "holds")),), way=SCRAPED)
    shop = Shop()
    for line in shop.story.streams[Stream.HEALTH]:
        name = "trading-1" if line.wall_s < BEGIN_S + 300 else "trading-2"
        line.data["body"].update(sees=name, holds=name)

    def shown(at_s: float) -> Values:
        differ = apart_s[0] <= scraped_at(at_s) < apart_s[1]
        return [{"value": int(not differ), "labels": {"instance": one}} for one in ("trading-1", "trading-2")]

    assert judged(agree, shop.shows(shown)) is expected


def led(values: Any) -> Record:
    """The lead passes from trading-1 to trading-2 at 300 s."""
    shop = Shop()
    shop.term(1, "trading-1", -50.0)
    shop.term(2, "trading-2", 300.0)
    return shop.shows(values)


def test_the_holder_by_name() -> None:
    """While it passes either name is right, for one scrape; then the old one is wrong."""
    leader = HolderNamed(**AT, terms=TERMS, way=SCRAPED)

    def since(moment_s: float) -> Any:
        return lambda at_s: [{"value": 1, "name": "trading-1" if at_s < moment_s else "trading-2"}]

    assert [judged(leader, led(since(at_s))) for at_s in (300, 314, 330)] == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    assert judged(leader, led(since(290))) is Verdict.FAIL
    found = worst(Truth(promises=(leader,)), led(lambda _: [{"value": 1, "name": "trading-3"}]))
    assert found.observed == "trading-3"


def test_the_number_of_the_term_and_how_often_it_changed() -> None:
    """The epoch itself, in a table of fields; one change in the hour once the second term began."""
    number = TermNumber(**AT, terms=TERMS, way=AT_ONCE, field="epoch")
    changes = TermsGained(**AT, terms=TERMS, window_s=3600.0, way=SCRAPED)

    def shown(at_s: float) -> Values:
        return [{"value": 0 if scraped_at(at_s) < 300 else 1}]

    assert judged(changes, led(shown)) is Verdict.PASS
    assert judged(changes, led(lambda at_s: [{"value": shown(at_s)[0]["value"] * 3}])) is Verdict.FAIL

    def table(epoch: str) -> Record:
        shop = Shop()
        shop.term(1, "trading-1", -50.0)
        words = [{"name": "Field", "first": ["epoch"], "rows": 1}, {"name": "Value", "first": [epoch], "rows": 1}]
        return shop.shows(lambda _: [], words=words)

    assert [judged(number, table(epoch)) for epoch in ("1", "2", "one")] == [Verdict.PASS, Verdict.FAIL, Verdict.FAIL]


def newest(at_s: float) -> list[str]:
    """The ten newest that were done and committed by a time."""
    return [f"s{number}" for number in range(599, -1, -1) if done_at(number) + 0.05 <= at_s][:10]


@pytest.mark.parametrize(
    ("change", "right"),
    [
        (lambda names: names, Verdict.PASS),
        (lambda names: names[1:], Verdict.FAIL),  # the newest is missing
        (lambda names: [names[0], *names[2:]], Verdict.FAIL),  # a gap
        (lambda names: [*names[1::-1], *names[2:]], Verdict.FAIL),  # another order
        (lambda names: ["stranger", *names[1:]], Verdict.FAIL),
    ],
)
def test_a_table_of_the_newest(change: Any, right: Verdict) -> None:
    """All of them, in their order, none that nobody wrote."""
    table = NewestFirst(**AT, listed=(Listed(of=DONE, name="id", order="at_s"),), column="id", most=100)
    words = [{"name": "id", "first": change(newest(205.0)), "rows": 100}]
    run = Shop().shows(lambda _: [], loads=(205.0, 205.2), words=words)
    assert judged(table, run) is right


def test_a_table_with_more_rows_than_it_may_have_fails() -> None:
    """Somebody lost the LIMIT."""
    table = NewestFirst(**AT, listed=(Listed(of=DONE, name="id", order="at_s"),), column="id", most=100)
    words = [{"name": "id", "first": newest(205.0), "rows": 204}]
    assert judged(table, Shop().shows(lambda _: [], loads=(205.0, 205.2), words=words)) is Verdict.FAIL


@pytest.mark.parametrize("how", ["now", "age", "behind"])
def test_one_sample_as_number_age_and_delay(how: str) -> None:
    """The same sample, told in three ways; any of them for another is wrong."""
    weight = Scraped(**AT, metric="weight", how=how, only=(("instance", "trading-1"),))

    def shown(at_s: float) -> Values:
        told = {"now": scraped_at(at_s), "age": BEGIN_S + at_s - scraped_at(at_s), "behind": BEGIN_S}[how]
        return [{"value": told}]

    assert both(weight, shown, lambda at_s: [{"value": shown(at_s)[0]["value"] + 16}]) == PASS_FAIL


def test_sums_and_extremes_of_samples() -> None:
    """All instances as one: only as the panel promises it."""
    for fold, more in (("sum", 1.0), ("max", 1.0), ("min", 0.0)):
        weight = Scraped(**AT, metric="weight", fold=fold)
        times = 2 if fold == "sum" else 1

        def shown(at_s: float, times: int = times, more: float = more) -> Values:
            return [{"value": scraped_at(at_s) * times + more}]

        assert both(weight, shown, lambda at_s, shown=shown: [{"value": shown(at_s)[0]["value"] + 0.5}]) == PASS_FAIL


def test_a_sum_is_not_a_promise_of_another_query() -> None:
    """A promise looks at its own query only."""
    promise = SumSoFar(**AT, of=DONE, way=AT_ONCE, ref="B")
    assert judged(promise, Shop().shows(lambda _: [{"value": -1}])) is Verdict.UNKNOWN


def test_a_quantile_of_recorded_buckets() -> None:
    """One in five each second takes up to 1 s, the rest up to 2 s: the middle one is in the second bucket."""
    middle = ScrapedQuantile(**AT, metric="took_bucket", share=0.5)

    def shop() -> Shop:
        made = Shop()
        for bound, per_s in (("1", 0.2), ("2", 1.0), ("+Inf", 1.0)):
            labels = {"__name__": "took_bucket", "instance": "trading-1", "le": bound}
            samples = [[BEGIN_S + at, str((at + 60) * per_s)] for at in SCRAPES]
            made.story.line(Stream.SERIES, "shown", 596, {"labels": labels, "samples": samples})
        return made

    right = 1.0 + (0.5 - 0.2) / 0.8
    assert judged(middle, shop().shows(lambda _: [{"value": right}])) is Verdict.PASS
    assert judged(middle, shop().shows(lambda _: [{"value": right + 0.01}])) is Verdict.FAIL


@pytest.mark.parametrize(("share", "right"), [(0.1, 0.5), (0.5, 1.5), (0.99, 2.0)])
def test_a_quantile_lies_linearly_in_its_bucket(share: float, right: float) -> None:
    """As Prometheus has it; what is longer than the last bound is told as the last bound."""
    inf = float("inf")
    assert quantile(share, [{1.0: 2.0, 2.0: 8.0, inf: 10.0}]) == pytest.approx(right)
    assert quantile(share, [{1.0: 1.0, 2.0: 4.0, inf: 5.0}] * 2) == pytest.approx(right)
    assert quantile(share, [{1.0: 0.0, inf: 0.0}]) is None
