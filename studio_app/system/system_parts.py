"""What the page System says about the parts, the numbers, the seals and the versions."""

import streamlit as st

from studio_app.api.client import Json
from studio_app.system import system_jobs
from studio_app.ui import formats, navigation, times, widgets

_NAMES = {
    "database": ("Database", "People, projects, tokens and the audit trail are kept."),
    "migrations": ("Migrations", "The database has all that this version needs."),
    "mlflow": ("MLflow", "It answers behind its gate."),
    "table": ("Table of rules", "It was made for this version of MLflow."),
    "reading": ("Reading room", "It was tested on this schema of MLflow's database."),
}
# What only warns: ML Studio goes on without it.
_WARNINGS = {"table", "reading"}
_FIGURES = (
    ("projects", "Projects"),
    ("people", "People"),
    ("sessions", "Sessions"),
    ("tokens", "Tokens"),
    ("runs_today", "Runs today"),
    ("storage_bytes", "Storage"),
)
_VERSIONS = (
    ("studio", "ML Studio"),
    ("mlflow", "MLflow"),
    ("python", "Python"),
    ("database", "UAC database"),
)
# A seal is made every two seconds; what waits longer than this is late.
_LATE_SECONDS = 60


def verdict(found: Json) -> None:
    """Draws one sentence about everything: what is away, else what to look at, else all is well."""
    bad = [one for one in found["parts"] if not one["ok"] and one["name"] not in _WARNINGS]
    if bad:
        names = " and ".join(_NAMES[part["name"]][0] for part in bad)
        st.error(
            f"**{names}: not well.** The page notices by itself when that has changed.",
            icon=":material/error:",
        )
    elif odd := _oddities(found):
        st.warning(
            f"**Every part answers. Look at: {', '.join(odd)}.**", icon=":material/visibility:"
        )
    else:
        st.success("**Everything is well.**", icon=":material/check_circle:")


def _oddities(found: Json) -> list[str]:
    odd = [
        _NAMES[one["name"]][0].lower()
        for one in found["parts"]
        if not one["ok"] and one["name"] in _WARNINGS
    ]
    if not found["audit"]["whole"] or _is_late(found["audit"]):
        odd.append("the audit trail")
    return odd + system_jobs.oddities(found)


def cards(parts: list[Json]) -> None:
    """Draws a card for each part: whether it is well, how long it took, or what is wrong."""
    for column, part in zip(st.columns(len(parts)), parts, strict=True):
        name, well = _NAMES[part["name"]]
        with (
            column,
            st.container(border=True, height="stretch", gap="xsmall", key=f"part-{part['name']}"),
        ):
            with st.container(horizontal=True, vertical_alignment="center", wrap=False):
                st.markdown(f"**{name}**", width="stretch")
                _badge(part)
            widgets.facts(well if part["ok"] else widgets.plain(part["message"]))
            if part["ok"]:
                widgets.facts(f"{part['ms']:.0f} ms" if part["ms"] >= 1 else "under 1 ms")


def _badge(part: Json) -> None:
    if part["ok"]:
        st.badge("well", color="green")
    elif part["name"] in _WARNINGS:
        st.badge("warning", color="orange")
    else:
        st.badge("not well", color="red")


def figures(found: Json) -> None:
    """Draws how much there is of everything."""
    values = found["figures"]
    with st.container(horizontal=True, gap="small"):
        for name, label in _FIGURES:
            shown, about = f"{values[name]:,}", None
            if name == "storage_bytes":
                measured = bool(found["projects_measured"])
                shown = formats.size(values[name]) if measured else formats.MISSING
                about = None if measured else "Not measured yet."
            st.metric(label, shown, border=True, width=154, help=about)
    if values["tokens_expiring"]:
        ending = formats.count(values["tokens_expiring"], "token")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            widgets.facts(f"{ending} in force will end within two weeks.")
            navigation.link("all_tokens", "All tokens")


def seals(audit: Json) -> None:
    """Draws how far the seals are, and whether the newest of them hold together."""
    with st.container(border=True, gap="xsmall", key="audit-seals"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_sealed(audit), width="stretch")
            if not audit["whole"]:
                st.badge("changed by hand", icon=":material/gpp_bad:", color="red")
            elif _is_late(audit):
                st.badge("late", icon=":material/schedule:", color="orange")
            elif audit["seal"]:
                st.badge("whole", icon=":material/verified_user:", color="green")
        if audit["waiting_since"]:
            since = times.ago(times.moment(audit["waiting_since"]))
            events = formats.count(audit["waiting"], "event")
            verb = "waits" if audit["waiting"] == 1 else "wait"
            widgets.facts(f"{events} {verb} for the next seal; the oldest was written {since}.")
        else:
            widgets.facts("No event waits for a seal.")
        navigation.link("audit", "Look at the trail, and verify it", icon=":material/history:")


def _sealed(audit: Json) -> str:
    if not audit["sealed_at"]:
        return "**There is no seal yet**"
    return f"**Sealed {times.ago(times.moment(audit['sealed_at']))}** · seal {audit['seal']}"


def _is_late(audit: Json) -> bool:
    since = audit["waiting_since"]
    return bool(since) and times.seconds_since(times.moment(since)) > _LATE_SECONDS


def versions(found: Json) -> None:
    """Draws what runs, and what it expects."""
    with st.container(border=True, horizontal=True, gap="medium", key="versions"):
        for name, label in _VERSIONS:
            _fact(label, found[name] or "not known now")
        table, migration = found["table"], found["migration"]
        _fact("Table of rules", f"for MLflow {table}")
        newest = found["migration_newest"]
        behind = "" if migration == newest else f" of {newest}"
        _fact("Migration", f"{migration}{behind}")


def _fact(label: str, value: str) -> None:
    with st.container(width="content", gap=None):
        widgets.facts(label)
        st.markdown(f"**{widgets.plain(value)}**")
