"""How panels look: one place for what all boards share."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, GridPos, Threshold, ThresholdsMode

SCHEMA_VERSION = 39  # what Grafana 10.4 itself exports
MAX_POINTS = 300
INTERVAL = "1s"  # a floor only: the points decide, so that a run with short scrape intervals keeps its detail
PRESETS = ["1h", "24h", "7d"]

GREEN, YELLOW, RED, BLUE = "green", "yellow", "red", "blue"


def steps(base: str, *above: tuple[float, str]) -> Builder[model.ThresholdsConfig]:
    """Threshold colours: the base, then each from its value up."""
    first = Threshold(value=None, color=base)
    rest = [Threshold(value=value, color=color) for value, color in above]
    return build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([first, *rest])


def number(
    title: str,
    why: str,
    source: DataSourceRef,
    query: Builder[Dataquery],
    *,
    unit: str,
    thresholds: Builder[model.ThresholdsConfig],
    at: GridPos,
) -> stat.Panel:
    """One number, the last one of its answer."""
    reduce = common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)
    panel = stat.Panel().title(title).description(why).datasource(source).with_target(query).grid_pos(at)
    panel = panel.max_data_points(MAX_POINTS).interval(INTERVAL).unit(unit).thresholds(thresholds)
    panel = panel.reduce_options(reduce).color_mode(BigValueColorMode.VALUE).graph_mode(BigValueGraphMode.NONE)
    return panel.text_mode(BigValueTextMode.VALUE).no_value("no data")


def name(
    title: str,
    why: str,
    source: DataSourceRef,
    query: Builder[Dataquery],
    *,
    thresholds: Builder[model.ThresholdsConfig],
    at: GridPos,
) -> stat.Panel:
    """The name of the series that answers, for example who leads."""
    panel = number(title, why, source, query, unit="none", thresholds=thresholds, at=at)
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
) -> timeseries.Panel:
    """Curves over time."""
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    panel = timeseries.Panel().title(title).description(why).datasource(source).grid_pos(at)
    panel = panel.targets(list(queries)).max_data_points(MAX_POINTS).interval(INTERVAL).unit(unit)
    panel = panel.legend(legend.show_legend(True)).fill_opacity(8).line_width(2)
    panel = panel.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)).no_value("no data")
    return panel.thresholds(thresholds) if thresholds else panel


def rows(
    title: str,
    why: str,
    source: DataSourceRef,
    query: Builder[Dataquery],
    *,
    at: GridPos,
) -> table.Panel:
    """A table, newest rows first as its query gives them."""
    panel = table.Panel().title(title).description(why).datasource(source).with_target(query).grid_pos(at)
    return panel.max_data_points(MAX_POINTS).interval(INTERVAL).show_header(True).no_value("no data")


def board(
    uid: str,
    title: str,
    why: str,
    *,
    tags: Sequence[str],
    refresh: str,
    panels: Sequence[Builder[model.Panel]],
) -> model.Dashboard:
    """A dashboard; panels get their ids by their order."""
    picker = build.TimePicker().refresh_intervals(["5s", "10s", "30s", "1m", "5m"]).time_options(list(PRESETS))
    made = build.Dashboard(title).uid(uid).description(why).tags(list(tags)).timezone("utc").readonly()
    made = made.refresh(refresh).time("now-15m", "now").timepicker(picker)
    made = made.tooltip(model.DashboardCursorSync.CROSSHAIR)
    for panel in panels:
        made = made.with_panel(panel)
    finished = made.build()
    finished.schema_version = SCHEMA_VERSION
    finished.version = 1
    finished.annotations = model.AnnotationContainer(list_val=[])
    finished.templating = model.DashboardDashboardTemplating(list_val=[])
    for number_, panel_model in enumerate(finished.panels or [], start=1):
        panel_model.id_val = number_
    return finished
