"""The rules and the routing in the hands of Prometheus' and Alertmanager's own tools."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from harness.alerts.tools import Toolbox
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.settings import REPOSITORY
from harness.timing import compress_alertmanager, compress_prometheus, compress_rules
from stack.images import CATALOGUE
from stack.services.prometheus import REAL_TIME

pytestmark = pytest.mark.containers

FOLDER = REPOSITORY / "stack/prometheus"
ROUTES = (REPOSITORY / "stack/alertmanager/alertmanager.yml").read_text(encoding="utf-8")
RULES = {f"rules/{path.name}": path.read_text(encoding="utf-8") for path in (FOLDER / "rules").glob("*.yml")}
TESTS = {
    f"unit_tests/{path.name}": path.read_text(encoding="utf-8")
    for path in sorted((FOLDER / "unit_tests").glob("*.yml"))
    if path.name != "equivalent.yml"
}
ALERTS = [rule for text in RULES.values() for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def tools() -> Iterator[Toolbox]:
    """Both tools, each in its image."""
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["prometheus"], CATALOGUE["alertmanager"]])
    engine = client()
    yield Toolbox(client=engine, images={key: image.reference for key, image in had.items()})
    engine.close()


def test_promtool_accepts_configuration_and_rules(tools: Toolbox) -> None:
    """Prometheus would load all twenty rules, and its configuration."""
    files = {**RULES, "prometheus.yml": (FOLDER / "prometheus.yml").read_text(encoding="utf-8")}
    said = tools.run("prometheus", ["promtool", "check", "rules", *RULES], files)
    assert (said.exit_code, "20 rules found" in said.output) == (0, True), said.output
    said = tools.run("prometheus", ["promtool", "check", "config", "--syntax-only", "prometheus.yml"], files)
    assert said.exit_code == 0, said.output


def test_every_rule_fires_and_stays_silent_as_promised(tools: Toolbox) -> None:
    """The unit tests of the rules hold at production timing, to the evaluation."""
    said = tools.run("prometheus", ["promtool", "test", "rules", *TESTS], {**RULES, **TESTS})
    assert (said.exit_code, said.output.count("SUCCESS")) == (0, len(TESTS)), said.output


def test_amtool_accepts_the_routing(tools: Toolbox) -> None:
    """Alertmanager would load it."""
    said = tools.run("alertmanager", ["amtool", "check-config", "alertmanager.yml"], {"alertmanager.yml": ROUTES})
    assert said.exit_code == 0, said.output


def test_amtool_routes_every_alert_to_its_people(tools: Toolbox) -> None:
    """Alertmanager resolves critical to PagerDuty and Slack, warning to Slack, anything else to e-mail."""
    told = {"critical": "pagerduty-critical,slack-critical", "warning": "slack-warnings"}
    expected = [told.get(rule["labels"]["severity"], "team-trading") for rule in ALERTS]
    lines = [
        "amtool config routes test --config.file=alertmanager.yml "
        + " ".join(f"{name}={value}" for name, value in {"alertname": rule["alert"], **rule["labels"]}.items())
        + " 2>/dev/null"  # it misses the address of a running Alertmanager, which it does not need
        for rule in [*ALERTS, {"alert": "Unlabelled", "labels": {}}]
    ]
    said = tools.run("alertmanager", ["sh", "-ec", "\n".join(lines)], {"alertmanager.yml": ROUTES})
    assert said.output.split() == [*expected, "team-trading"]
    assert sorted(set(expected)) == sorted({*told.values(), "team-trading"})


def test_the_compressed_files_load_as_well(tools: Toolbox) -> None:
    """What a compressed run mounts is accepted by the same tools."""
    rules = {path: compress_rules(text, 15, real_time=REAL_TIME) for path, text in RULES.items()}
    prometheus = compress_prometheus((FOLDER / "prometheus.yml").read_text(encoding="utf-8"), 15)
    said = tools.run("prometheus", ["promtool", "check", "rules", *rules], rules)
    assert (said.exit_code, "20 rules found" in said.output) == (0, True), said.output
    command = ["promtool", "check", "config", "--syntax-only", "prometheus.yml"]
    said = tools.run("prometheus", command, {"prometheus.yml": prometheus})
    assert said.exit_code == 0, said.output
    routes = {"alertmanager.yml": compress_alertmanager(ROUTES, 15)}
    said = tools.run("alertmanager", ["amtool", "check-config", "alertmanager.yml"], routes)
    assert said.exit_code == 0, said.output
