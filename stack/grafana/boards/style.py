"""How panels look: one place for what all boards share."""

from collections.abc import Mapping, Sequence
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    FieldTextAlignment,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, GridPos, Threshold, ThresholdsMode

from .targets import PROMETHEUS, facts

SCHEMA_VERSION = 39  # what Grafana 10.4 itself exports
MAX_POINTS = 300
INTERVAL = "1s"  # a floor only: the points decide, so that a run with short scrape intervals keeps its detail
PRESETS = ["1h", "24h", "7d"]
RUNBOOKS = "docs/runbooks"  # the same addresses as the alerts give; a deployment puts its repository in front
FAMILY = "trading"  # the tag that makes a board appear in the menu of the others

GREEN, YELLOW, RED, BLUE = "green", "yellow", "red", "blue"


class _Linked(Protocol):
    """A panel that is being built."""

    def links(self, links: list[Builder[model.DashboardLink]]) -> Self: ...


def steps(base: str, *above: tuple[float, str]) -> Builder[model.ThresholdsConfig]:
    """Threshold colours: the base, then each from its value up."""
    first = Threshold(value=None, color=base)
    rest = [Threshold(value=value, color=color) for value, color in above]
    return build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([first, *rest])


def words(**of: tuple[str, str]) -> list[model.ValueMapping]:
    """Numbers shown as words in a colour: `words(_0=("down", RED))`."""
    named = {
        number.lstrip("_"): model.ValueMappingResult(text=text, color=color, index=index)
        for index, (number, (text, color)) in enumerate(of.items())
    }
    return [model.ValueMap(options=named)]


UP_OR_DOWN = {"_0": ("down", RED), "_1": ("up", GREEN)}
ALERT_STATUS = {"_0": ("OK", GREEN), "_1": ("WARNING", YELLOW), "_2": ("CRITICAL", RED)}


def number(
    title: str,
    why: str,
    source: DataSourceRef,
    query: Builder[Dataquery],
    *,
    unit: str,
    thresholds: Builder[model.ThresholdsConfig],
    at: GridPos,
    runbook: str = "",
    said: Mapping[str, tuple[str, str]] | None = None,
) -> stat.Panel:
    """One number a series, the last one of its answer; `said` are words for numbers, `runbook` a file's name."""
    reduce = common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)
    panel = stat.Panel().title(title).description(why).datasource(source).with_target(query).grid_pos(at)
    panel = panel.max_data_points(MAX_POINTS).interval(INTERVAL).unit(unit).thresholds(thresholds)
    panel = panel.reduce_options(reduce).color_mode(BigValueColorMode.VALUE).graph_mode(BigValueGraphMode.NONE)
    panel = panel.mappings(words(**said)) if said else panel
    return _linked(panel, runbook).text_mode(BigValueTextMode.VALUE).no_value("no data")


def name(
    title: str,
    why: str,
    source: DataSourceRef,
    query: Builder[Dataquery],
    *,
    thresholds: Builder[model.ThresholdsConfig],
    at: GridPos,
    runbook: str = "",
) -> stat.Panel:
    """The name of the series that answers, for example who leads."""
    panel = number(title, why, source, query, unit="none", thresholds=thresholds, at=at, runbook=runbook)
    return panel.text_mode(BigValueTextMode.NAME)


def lines(
    title: str,
    why: str,
    source: DataSourceRef,
    queries: Sequence[Builder[Dataquery]],
    *,
    unit: str,
    at: GridPos,
    thresholds: Builder[model.ThresholdsConfig] | None = None,
    runbook: str = "",
) -> timeseries.Panel:
    """Curves over time, with a line at each threshold."""
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    panel = timeseries.Panel().title(title).description(why).datasource(source).grid_pos(at)
    panel = panel.targets(list(queries)).max_data_points(MAX_POINTS).interval(INTERVAL).unit(unit)
    panel = panel.legend(legend.show_legend(True)).fill_opacity(8).line_width(2)
    panel = panel.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)).no_value("no data")
    if thresholds:
        drawn = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)
        panel = panel.thresholds(thresholds).thresholds_style(drawn)
    return _linked(panel, runbook)


def rows(
    title: str,
    why: str,
    source: DataSourceRef,
    query: Builder[Dataquery],
    *,
    at: GridPos,
    units: Mapping[str, str] | None = None,
    runbook: str = "",
) -> table.Panel:
    """A table, newest rows first as its query gives them; `units` by column."""
    panel = table.Panel().title(title).description(why).datasource(source).with_target(query).grid_pos(at)
    panel = (
        panel.max_data_points(MAX_POINTS)
        .interval(INTERVAL)
        .show_header(True)
        .align(FieldTextAlignment.AUTO)
        .inspect(False)
        .no_value("no data")
    )
    for column, unit in (units or {}).items():
        panel = panel.override_by_name(column, [model.DynamicConfigValue(id_val="unit", value=unit)])
    return _linked(panel, runbook)


def facts_table(
    title: str,
    why: str,
    columns: Mapping[str, str],
    *,
    at: GridPos,
    said: Mapping[str, Mapping[str, tuple[str, str]]],
    units: Mapping[str, str] | None = None,
    hidden: Sequence[str] = (),
    runbook: str = "",
) -> table.Panel:
    """A row for each combination of labels, a column for each query; joined in the browser.

    Args:
        title: of the panel.
        why: what it shows and what is bad.
        columns: PromQL by the title of its column.
        at: its place.
        said: words for numbers, by column.
        units: by column.
        hidden: columns whose numbers say nothing, as their labels say it.
        runbook: a file's name.
    """
    asked = {chr(ord("A") + index): column for index, column in enumerate(columns.items())}
    panel = table.Panel().title(title).description(why).datasource(PROMETHEUS).grid_pos(at)
    panel = panel.targets([facts(ref_id, expr) for ref_id, (_, expr) in asked.items()])
    panel = (
        panel.max_data_points(MAX_POINTS)
        .interval(INTERVAL)
        .show_header(True)
        .align(FieldTextAlignment.AUTO)
        .inspect(False)
        .no_value("no data")
    )
    names = {f"Value #{ref_id}": column for ref_id, (column, _) in asked.items()}
    without = {"Time": True} | {value: True for value, column in names.items() if column in hidden}
    shown = {"excludeByName": without, "renameByName": names}
    panel = panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    panel = panel.with_transformation(model.DataTransformerConfig(id_val="organize", options=shown))
    for column, unit in (units or {}).items():
        panel = panel.override_by_name(column, [model.DynamicConfigValue(id_val="unit", value=unit)])
    for column, of in said.items():
        cell = model.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"})
        panel = panel.override_by_name(column, [model.DynamicConfigValue(id_val="mappings", value=words(**of)), cell])
    return _linked(panel, runbook)


_Panel = TypeVar("_Panel", bound=_Linked)


def _linked(panel: _Panel, runbook: str) -> _Panel:
    if not runbook:
        return panel
    link = build.DashboardLink(f"Runbook: {runbook}").type(model.DashboardLinkType.LINK)
    return panel.links([link.url(f"{RUNBOOKS}/{runbook}.md").target_blank(True)])
