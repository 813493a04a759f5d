"""Traces over all my projects or the chosen one: the latest requests first."""

import time
from datetime import UTC, datetime

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.traces import trace_charts, trace_rows
from studio_app.traces.trace_filter import EXAMPLES, SINCE, SINCE_NAMES, TraceFilter
from studio_app.traces.traces import STATES, trace_of
from studio_app.ui import address_fields, navigation, times, url_state, widgets

_PAGE = 25
_HOUR_MS = 3_600_000
_FILTERS = ("name", "state", "since", "session", "run_id", "prompt", "filter")


def main() -> None:
    """Lists traces with their filter; a click opens one."""
    project = session.project()
    if st.query_params.get("project") and not project:
        widgets.project_or_stop("see its traces")
    slug = str(project["slug"]) if project else None
    caption = (
        f"In {widgets.plain(project['name'])}" if project else "Over all the projects you are in"
    )
    with widgets.page_header("Traces", caption):
        if st.button(
            "Refresh", icon=":material/refresh:", key="traces-refresh", help="Read them again"
        ):
            st.session_state.pop("traces-since", None)
            st.rerun()
    wanted = _filter()
    _chips(wanted)
    # Drawn after the list, which is what the page is for.
    above = st.container()
    with widgets.answering():
        token = widgets.page_token("traces", of=f"{slug} {wanted}")
        try:
            with st.skeleton(height=320):
                page = session.client().traces(
                    project=slug,
                    query=wanted.query,
                    filter_text=wanted.sentence(),
                    max_results=_PAGE,
                    page_token=token,
                )
        except ApiError as error:
            # A filter that cannot be read is the person's to mend: the form stays.
            if error.status != 400 or not wanted.written:
                raise
            _bad_filter(error)
            return
        if page["traces"]:
            names = {str(one["slug"]): str(one["name"]) for one in session.projects()}
            trace_rows.show(list(map(trace_of, page["traces"])), {} if project else names)
        else:
            _nothing(wanted, project)
        widgets.pager("traces", page["next_page_token"])
        if slug is not None and page["traces"]:
            with above:
                began = times.from_milliseconds(wanted.since) if wanted.since else None
                trace_charts.show(slug, began, datetime.now(UTC))


def _filter() -> TraceFilter:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = address_fields.text(
            "Name",
            key="traces-name",
            name="name",
            placeholder="Search by name",
            search=True,
            labelled=False,
        )
        state = address_fields.select(
            "State",
            ("", *STATES),
            key="traces-state",
            name="state",
            shown=lambda name: STATES.get(name, "Any state"),
            width=150,
            labelled=False,
        )
        since = address_fields.select(
            "Time",
            tuple(SINCE_NAMES),
            key="traces-when",
            name="since",
            shown=SINCE_NAMES.__getitem__,
            width=160,
            labelled=False,
        )
        written = url_state.value("filter")
        label = "Filter · 1" if written else "Filter"
        with st.popover(label, icon=":material/filter_alt:", key="traces-more-filters"):
            address_fields.text(
                "Filter",
                key="traces-filter",
                name="filter",
                placeholder=EXAMPLES[0][0],
                width=460,
            )
            _examples()
    return TraceFilter(
        query=name.strip(),
        state=state,
        since=_since(since),
        session=url_state.value("session"),
        run_id=url_state.value("run_id"),
        prompt=url_state.value("prompt"),
        written=written.strip(),
    )


def _since(choice: str) -> int:
    """The moment of a choice, in milliseconds; the same until it is chosen or read again.

    Pages of the list follow one another only while the question stays the same.
    """
    if not choice:
        return 0
    kept: tuple[str, int] | None = st.session_state.get("traces-since")
    if kept is None or kept[0] != choice:
        moment = int(time.time() * 1000) - SINCE[choice] * _HOUR_MS
        kept = session.remember("traces-since", (choice, moment))
    return kept[1]


def _chips(wanted: TraceFilter) -> None:
    """Draws what the address asks for beyond the form, each with a way to take it away."""
    asked = {"session": wanted.session, "run_id": wanted.run_id, "prompt": wanted.prompt}
    words = {"session": "Session", "run_id": "Run", "prompt": "Prompt"}
    if not any(asked.values()):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, value in asked.items():
            if value:
                st.button(
                    f"{words[name]} {widgets.plain(widgets.shortened(value, 40))}",
                    icon=":material/close:",
                    key=f"traces-without-{name}",
                    help="Take this away",
                    on_click=url_state.put,
                    args=(name, ""),
                )


def _examples() -> None:
    st.caption("Examples; join them with AND")
    st.markdown("\n".join(f"- `` {code} ``  \n  :gray[{meaning}]" for code, meaning in EXAMPLES))


def _bad_filter(error: ApiError) -> None:
    st.error(
        f"**This filter cannot be read.** {widgets.plain(error.message)}",
        icon=":material/filter_alt:",
    )
    with st.container(border=True):
        _examples()
        _clear_button()


def _clear_button() -> None:
    st.button("Clear filters", key="traces-clear", on_click=_clear)


def _clear() -> None:
    for name in _FILTERS:
        url_state.put(name, "")


def _nothing(wanted: TraceFilter, project: Json | None) -> None:
    if not wanted.empty:
        widgets.empty_state(
            "No trace matches",
            "Take a part of the filter away.",
            _clear_button,
            icon="filter_alt_off",
        )
        return
    slug = str(project["slug"]) if project else None
    widgets.empty_state(
        "No trace yet",
        "`mlflow.openai.autolog()`, or `@mlflow.trace` on a function, sends what it does here.",
        lambda: navigation.link(
            "connect", "Connect a script", icon=":material/terminal:", project=slug
        ),
        icon="account_tree",
    )


main()
