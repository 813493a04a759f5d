"""Usage: what a project uses of its limits; for administrators also that of every project."""

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.quotas import meters, quota_form
from studio_app.ui import chart_theme, charts, list_row, navigation, widgets

_PER_PAGE = 25
_ORDERS = {"storage": "Largest first", "slug": "By name"}
_SERIES = {"runs": "Runs begun", "bytes": "Uploads", "requests": "Requests"}


def main() -> None:
    """Shows the current project's use, and to administrators all projects below it."""
    administrator = bool(session.person()["administrator"])
    with widgets.answering():
        project = widgets.overseen()
        if project is None and not (administrator and not session.asked_project()):
            project = widgets.project_or_stop("see what it uses", title="Usage")
        if project is None:
            widgets.page_header("Usage", "What every project uses, and its limits.")
        else:
            _project(project, administrator=administrator)
        if administrator:
            _all(heading=project is not None)


def _project(project: Json, *, administrator: bool) -> None:
    slug = str(project["slug"])
    header = widgets.page_header("Usage", widgets.plain(project["name"]))
    with st.skeleton(height=180):
        usage = session.client().usage(slug)
    with header:
        if administrator and st.button("Change limits", icon=":material/tune:", type="primary"):
            quota_form.change(slug, usage["quota"], usage["defaults"])
    for kind, column in zip(meters.KINDS, st.columns(3), strict=True):
        with column:
            meters.card(kind, usage)
    if not administrator:
        widgets.facts("Administrators of ML Studio set the limits. Ask one of them for more.")
    _days(usage["days"])


def _days(days: list[Json]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.header("The last 30 days", anchor=False, width="stretch")
        chosen = st.segmented_control(
            "What to show",
            list(_SERIES),
            default="runs",
            required=True,
            format_func=_SERIES.__getitem__,
            key="usage-series",
            label_visibility="collapsed",
        )
    name = str(chosen)
    values = [day[name] for day in days]
    if not any(values):
        widgets.empty_state(
            "Nothing yet",
            "Nothing of this kind happened in the last 30 days.",
            icon="bar_chart",
        )
        return
    st.plotly_chart(
        charts.days(
            pd.DataFrame({"day": [day["day"] for day in days], "value": values}),
            _SERIES[name],
            chart_theme.current(),
            sizes=name == "bytes",
        ),
        theme=None,
        key=f"usage-{name}",
        config={"displayModeBar": False},
        alt=f"{_SERIES[name]} on each of the last 30 days",
    )


def _all(*, heading: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if heading:
            st.header("All projects", anchor=False, width="stretch")
        order = st.segmented_control(
            "Order",
            list(_ORDERS),
            default="storage",
            required=True,
            format_func=_ORDERS.__getitem__,
            key="usage-order",
            label_visibility="collapsed",
        )
    token = widgets.page_token("usage", of=str(order))
    with st.skeleton(height=320):
        page = session.client().usages(str(order), max_results=_PER_PAGE, page_token=token)
    for row in page["usage"]:
        _row(row, page["defaults"])
    if not page["usage"]:
        widgets.empty_state("No project yet", "What projects use is shown here.", icon="data_usage")
    widgets.pager("usage", page["next_page_token"])


def _row(row: Json, defaults: Json) -> None:
    slug, quota = str(row["project"]), row["quota"]
    with list_row.line(f"row-{slug}"):
        with st.container(width="stretch", gap="xxsmall"):
            own = " :gray-badge[own limits]" if quota_form.has_own(quota) else ""
            st.markdown(f"**{widgets.plain(row['name'])}** :small[`{slug}`]{own}")
            widgets.facts(" · ".join(_told(row)))
            if levels := meters.badges(row):
                st.markdown(levels)
        options = ["See usage", "Change limits"]
        options += ["Use the defaults"] if quota_form.has_own(quota) else []
        chosen = list_row.menu(slug, options)
    if chosen == "See usage":
        navigation.go("usage", project=slug)
    elif chosen == "Change limits":
        quota_form.change(slug, quota, defaults)
    elif chosen:
        quota_form.reset(slug, quota)


def _told(row: Json) -> list[str]:
    _, runs, requests = meters.KINDS
    return [
        f"Storage {meters.stored(row)}",
        f"{meters.describe(runs, row['runs'])} runs today",
        f"{meters.describe(requests, row['requests'])} requests this minute",
    ]


main()
