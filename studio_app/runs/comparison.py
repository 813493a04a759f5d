"""Several runs beside each other: what differs, their curves, and how params move metrics."""

import pandas as pd
import streamlit as st

from studio_app.runs import metric_charts, run_table
from studio_app.runs.metric_charts import Subject
from studio_app.ui import cells, charts, formats, widgets

MOST_CURVES = 10

_TABS = ("Differences", "Curves", "Parallel", "Scatter")


def show(project: str, frame: pd.DataFrame) -> None:
    """Draws the comparison of the runs in a frame, one tab at a time."""
    tabs = st.tabs(_TABS, key="compare-tab", on_change="rerun")
    for tab, draw in zip(tabs, (_differences, _curves, _parallel, _scatter), strict=True):
        if tab.open:
            with tab:
                draw(project, frame)


def differences(frame: pd.DataFrame, *, only_different: bool) -> pd.DataFrame:
    """One row for each param and metric, one column for each run, in the frame's order."""
    found = run_table.families(frame)
    columns = [*found["params"], *found["metrics"], "user", "source", "seconds"]
    rows: dict[str, list[str]] = {}
    for column in columns:
        texts = [
            _text(column, value, column in logged)
            for value, logged in zip(frame[column], frame["logged"], strict=True)
        ]
        if only_different and len(set(texts)) < 2:
            continue
        rows[run_table.column_label(column)] = texts
    names = unique_names(frame)
    return pd.DataFrame.from_dict(rows, orient="index", columns=names)


def unique_names(frame: pd.DataFrame) -> list[str]:
    """The names of the runs; those that are not alone get the first signs of their id."""
    shared = frame["name"].duplicated(keep=False)
    return [
        f"{name} ({run_id[:6]})" if twice else str(name)
        for name, run_id, twice in zip(frame["name"], frame["run_id"], shared, strict=True)
    ]


def subjects(frame: pd.DataFrame) -> list[Subject]:
    """The runs of a frame as the metric charts need them."""
    metrics = run_table.families(frame)["metrics"]
    names = unique_names(frame)
    found = []
    for place, (_, row) in enumerate(frame.iterrows()):
        latest = {
            name.removeprefix("metrics."): (0, _moment(row["end"]), float(row[name]))
            for name in metrics
            if name in row["logged"]
        }
        found.append(Subject(str(row["run_id"]), names[place], latest))
    return found


def _differences(_project: str, frame: pd.DataFrame) -> None:
    only = st.toggle("Only what differs", value=True, key="compare-only")
    table = differences(frame, only_different=only)
    if table.empty:
        st.caption("These runs have the same params and metrics.")
        return
    st.dataframe(
        table,
        key="compare-differences",
        height="content",
        column_config={"_index": st.column_config.TextColumn("", width=220, pinned=True)},
        alt="Params and metrics of the compared runs",
    )


def _curves(project: str, frame: pd.DataFrame) -> None:
    if len(frame) > MOST_CURVES:
        st.caption(
            f"The first {MOST_CURVES} of {len(frame)} runs: more lines cannot be told apart."
        )
    found = subjects(frame.head(MOST_CURVES))
    if not any(entry.latest for entry in found):
        st.caption("None of these runs has a metric.")
        return
    metric_charts.show(project, found, key="compare-curves")


def _parallel(_project: str, frame: pd.DataFrame) -> None:
    found = run_table.families(frame)
    choice = [*found["params"], *found["metrics"]]
    coloured = [name for name in [*found["metrics"], *found["params"]] if _numeric(frame, name)]
    varying = [name for name in choice if frame[name].nunique() > 1]
    if len(choice) < 2 or not coloured:
        st.caption("Log a metric and at least one param to compare runs here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        columns = st.multiselect(
            "Columns",
            choice,
            default=(varying or choice)[:7],
            format_func=run_table.column_label,
            key="compare-parallel",
        )
        colour = st.selectbox(
            "Colour",
            coloured,
            format_func=run_table.column_label,
            key="compare-colour",
            width=220,
        )
    if len(columns) < 2:
        st.caption("Choose at least two columns.")
        return
    # A line needs a value on every axis.
    scales = [cells.numbers(frame[name]) for name in [*columns, colour]]
    missing = [scale.isna() for scale in scales if scale is not None]
    complete = frame[~pd.concat(missing, axis=1).any(axis=1)]
    if complete.empty:
        st.caption("No run has a value in all of these columns.")
        return
    with st.container(border=True):
        st.plotly_chart(
            charts.parallel(complete, columns, colour, metric_charts.tone()),
            theme=None,
            key="compare-parallel-chart",
            config={"displayModeBar": False},
            alt="Runs as lines over params and metrics",
        )
    left_out = len(frame) - len(complete)
    without = f"{formats.count(left_out, 'run')} without all values left out. " if left_out else ""
    st.caption(
        f"{without}Drag along an axis to keep the runs that pass there; drag a name to move."
    )


def _scatter(_project: str, frame: pd.DataFrame) -> None:
    found = run_table.families(frame)
    params = sorted(found["params"], key=lambda name: frame[name].nunique() < 2)
    choice = [*params, *found["metrics"], "seconds", "start"]
    ups = found["metrics"] or choice
    with st.container(horizontal=True, vertical_alignment="bottom"):
        across = st.selectbox(
            "Across", choice, format_func=run_table.column_label, key="compare-x", width=220
        )
        up = st.selectbox("Up", ups, format_func=run_table.column_label, key="compare-y", width=220)
        colour = st.selectbox(
            "Colour",
            ["", *(name for name in choice if _numeric(frame, name))],
            format_func=lambda name: run_table.column_label(name) if name else "One colour",
            key="compare-shade",
            width=220,
        )
    shown = frame.assign(start=pd.to_datetime(frame["start"], unit="ms", utc=True))
    with st.container(border=True):
        st.plotly_chart(
            charts.scatter(shown, across, up, colour or None, metric_charts.tone()),
            theme=None,
            key="compare-scatter-chart",
            config={"displaylogo": False},
            alt=f"{widgets.plain(up)} against {widgets.plain(across)}",
        )


def _numeric(frame: pd.DataFrame, column: str) -> bool:
    numbers = cells.numbers(frame[column])
    return numbers is not None and bool(numbers.notna().any())


def _moment(milliseconds: float) -> int:
    return 0 if pd.isna(milliseconds) else int(milliseconds)


def _text(column: str, value: object, logged: bool) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "NaN" if logged else formats.MISSING
    if column == "seconds":
        return formats.duration(float(str(value)))
    return cells.text(value) or ""
