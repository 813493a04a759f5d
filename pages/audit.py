"""Audit: who did what, for administrators; for owners what happened in their project."""

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.audit import audit_filter, audit_list, audit_table, sentences
from studio_app.runs import kept
from studio_app.runs.table import run_table
from studio_app.ui import chart_theme, drawn, formats, navigation, times, widgets

_PER_PAGE = 50
_MOST_PROJECTS = 500
_VERIFIED = "audit-verified"
_VERIFIED_SECONDS = 60
_WIDTHS = {"operation": 220, "target": 250, "reason": 130}
_FIELDS = {
    "user": "Person",
    "token": "Token",
    "project": "Project",
    "operation": "Operation",
    "action": "Action",
    "target": "What",
    "reason": "Reason",
    "status": "Status",
    "count": "Times",
    "address": "Address",
    "request_id": "Request",
}


def main() -> None:
    """Lists what happened, newest first, with a chart and files of what is filtered."""
    oversees = bool(session.person()["administrator"])
    project = None if oversees else widgets.project_or_stop("see what happened", title="Audit")
    if project is not None and "manage" not in project["may"]:
        widgets.page_header("Audit", widgets.plain(project["name"]))
        widgets.refusal(
            "The audit trail is for owners",
            "Owners of a project see what happened in it, administrators see everything. "
            "Ask an owner, on the page Members, for what you need to know.",
        )
        return
    # Without a project an administrator sees all of them, and events of none.
    slug = str(project["slug"]) if project else session.asked_project()
    about = f"What happened in {slug}." if slug else "Everything that happened in this ML Studio."
    with widgets.page_header("Audit", widgets.plain(about)):
        place = st.container(horizontal=True, gap="small", vertical_alignment="center")
    audit_filter.draw()
    with widgets.answering():
        if oversees:
            with place:
                _verified()
        _show(slug)


def _show(slug: str | None) -> None:
    wanted, question = audit_filter.wanted(slug), f"{slug}&{audit_filter.question()}"
    token = widgets.page_token("audit", of=question)
    # The pages after the first belong to the question that the first was asked with.
    wanted = session.remember("audit-wanted", _same(question, wanted, first=not token))[1]
    client, where = session.client(), formats.zone(st.context.timezone)
    period = audit_filter.period()
    with st.skeleton(height=200):
        counts = client.event_counts(period.counted, **wanted)
    with st.skeleton(height=420):
        page = client.events(max_results=_PER_PAGE, page_token=token, **wanted)
    if not page["events"]:
        widgets.empty_state(
            "Nothing happened",
            "No event fits what you look for. Choose a longer period, or clear a field.",
            lambda: navigation.link("audit", "Clear all fields", project=slug),
            icon="search",
        )
        return
    st.plotly_chart(
        audit_table.chart(counts, period, where, chart_theme.current(), datetime.now(UTC)),
        theme=None,
        key="audit-chart",
        config={"displayModeBar": False},
        alt=f"Events per {period.bars}, by outcome",
    )
    # An event that counts several times is written when the last of them is over.
    events = sorted(page["events"], key=lambda event: times.moment(event["at"]), reverse=True)
    if audit_filter.as_table():
        _table(events, one_project=bool(slug))
    else:
        audit_list.draw(events, _writer(slug), where)
    widgets.pager("audit", page["next_page_token"])
    _files(wanted)


def _writer(slug: str | None) -> sentences.Writer:
    mine = session.projects()
    known = [*mine]
    if session.person()["administrator"]:
        known += kept.read(
            ("audit-projects",),
            lambda: session.client().projects(max_results=_MOST_PROJECTS)["projects"],
            height=40,
        )
    return sentences.Writer(
        names={str(project["slug"]): str(project["name"]) for project in known},
        mine=frozenset(str(project["slug"]) for project in mine),
        within=slug or "",
    )


def _same(question: str, wanted: dict[str, Any], *, first: bool) -> tuple[str, dict[str, Any]]:
    kept: tuple[str, dict[str, Any]] | None = st.session_state.get("audit-wanted")
    return kept if kept and kept[0] == question and not first else (question, wanted)


def _table(events: list[Json], *, one_project: bool) -> None:
    shown = audit_table.frame(events, formats.zone(st.context.timezone))
    if one_project:
        shown = shown.drop(columns="project")
    state = st.dataframe(
        shown,
        key=drawn.key("audit-table", [str(event["id"]) for event in events]),
        hide_index=True,
        height=run_table.height(len(shown), 14),
        on_select="rerun",
        selection_mode="single-row",
        column_config=_columns(),
        placeholder="",
        alt="Events, newest first",
    )
    chosen = state["selection"]["rows"]
    if chosen:
        _detail(events[chosen[0]])
    else:
        widgets.facts("Choose a row to see everything that is known of it.")


def _columns() -> dict[str, Any]:
    texts = {
        name: st.column_config.TextColumn(label, width=_WIDTHS.get(name, 90))
        for name, label in audit_table.COLUMNS.items()
        if name not in ("at", "outcome", "count")
    }
    return {
        "at": st.column_config.DatetimeColumn("Time", format="D MMM YYYY, HH:mm:ss", width=170),
        "outcome": st.column_config.MultiselectColumn(
            "Outcome",
            options=list(audit_table.COLOURS),
            color=["green", "orange", "red"],
            width=95,
        ),
        "count": st.column_config.NumberColumn("Times", width=70),
        **texts,
    }


def _detail(event: Json) -> None:
    with st.container(border=True, gap="xsmall", key="audit-detail"):
        colour = {"allowed": "green", "denied": "orange"}.get(event["outcome"], "red")
        st.markdown(
            f"**Event {event['id']}** :{colour}-badge[{widgets.plain(event['outcome'])}] "
            f":gray[{widgets.plain(event['at'])}]"
        )
        with st.container(horizontal=True, gap="medium"):
            for name, label in _FIELDS.items():
                if event[name] in ("", 0):
                    continue
                with st.container(width="content", gap="xxsmall"):
                    widgets.facts(label)
                    st.markdown(f"`{event[name]}`")


def _files(wanted: dict[str, Any]) -> None:
    most = formats.grouped(audit_table.DOWNLOAD_MOST)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for kind, write in (("CSV", audit_table.as_csv), ("JSON", audit_table.as_json)):
            st.download_button(
                f"Download {kind}",
                # Called when it is clicked: nothing is fetched for a look at the list.
                partial(write, session.client(), wanted),
                file_name=f"audit.{kind.lower()}",
                mime="application/octet-stream",
                icon=":material/download:",
                on_click="ignore",
                key=f"audit-download-{kind}",
            )
        widgets.facts(f"What is filtered, up to {most} events. `studio audit export` writes all.")


def _verified() -> None:
    kept = st.session_state.get(_VERIFIED)
    if kept is None or time.monotonic() - kept[0] > _VERIFIED_SECONDS:
        with st.spinner("Verifying …"):
            found = session.client().verify_events()
        kept = session.remember(_VERIFIED, (time.monotonic(), found))
    report: Json = kept[1]
    part = "all" if report["whole"] else "the newest"
    if report["right"]:
        st.badge(
            "Verified",
            icon=":material/verified_user:",
            color="green",
            help=f"{formats.grouped(report['seals'])} seals over {part} "
            f"{formats.grouped(report['events'])} events are as they were written. "
            f"{formats.grouped(report['waiting'])} events wait for a seal.",
        )
        return
    first = report["findings"][0]
    st.badge("Not as it was written", icon=":material/gpp_bad:", color="red")
    st.error(
        f"**{first['what'].title()} {first['id']} {widgets.plain(first['message'])}.** "
        "Somebody changed the database past ML Studio, or its key is another one. "
        "Run `studio audit verify`.",
        icon=":material/gpp_bad:",
    )


main()
