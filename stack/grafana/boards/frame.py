"""The frame around panels: a board's identity, its refresh and time ranges, its variables, the way to the others."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model

from .style import FAMILY, PRESETS, SCHEMA_VERSION
from .targets import PROMETHEUS

REFRESH = "1m"  # R-31; the board of leadership has its own
_ALL = model.VariableOption(selected=True, text="All", value="$__all")


def board(
    uid: str,
    title: str,
    why: str,
    *,
    panels: Sequence[Builder[model.Panel]],
    refresh: str = REFRESH,
    variables: Sequence[Builder[model.VariableModel]] = (),
) -> model.Dashboard:
    """A dashboard; panels get their ids by their order."""
    picker = build.TimePicker().refresh_intervals(["5s", "10s", "30s", "1m", "5m"]).time_options(list(PRESETS))
    made = build.Dashboard(title).uid(uid).description(why).tags([FAMILY, uid]).timezone("utc").readonly()
    made = made.refresh(refresh).time("now-15m", "now").timepicker(picker)
    made = made.tooltip(model.DashboardCursorSync.CROSSHAIR)
    others = build.DashboardLink("Boards").type(model.DashboardLinkType.DASHBOARDS).tags([FAMILY]).as_dropdown(True)
    made = made.link(others.keep_time(True))
    for panel in panels:
        made = made.with_panel(panel)
    finished = made.build()
    finished.schema_version = SCHEMA_VERSION
    finished.version = 1
    finished.annotations = model.AnnotationContainer(list_val=[])
    finished.templating = model.DashboardDashboardTemplating(list_val=[variable.build() for variable in variables])
    for number, panel_model in enumerate(finished.panels or [], start=1):
        panel_model.id_val = number
    return finished


def instances() -> Builder[model.VariableModel]:
    """Which instances a board shows: those that Prometheus knows, all of them at first."""
    asked: dict[str, object] = {"query": 'label_values(up{job="portfolio_manager"}, instance)', "refId": "instances"}
    variable = build.QueryVariable("instance").label("Instance").datasource(PROMETHEUS).query(asked)
    variable = variable.refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(model.VariableSort.ALPHABETICAL_ASC)
    return variable.multi(True).include_all(True).all_value(".*").current(_all_chosen())


def choice(name: str, label: str, options: Sequence[str]) -> Builder[model.VariableModel]:
    """One or several of fixed words, all of them at first."""
    listed = [model.VariableOption(selected=False, text=option, value=option) for option in options]
    variable = build.CustomVariable(name).label(label).values(",".join(options)).options([_ALL, *listed])
    return variable.multi(True).include_all(True).current(_all_chosen())


def _all_chosen() -> model.VariableOption:
    return model.VariableOption(selected=True, text=["All"], value=["$__all"])
