"""How limits and their use look: in words, as bars, and as a notice above a project's pages."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.ui import formats, navigation, times, widgets

CACHE = "usage-levels"
_KEPT_SECONDS = 30.0
# So many projects near a limit are named.
_MOST_NEAR = 5
_COLOURS: dict[str, Any] = {"warning": "orange", "full": "red"}


@dataclass(frozen=True)
class Kind:
    """One of the three limits: its name, its field in what the API takes, and its words."""

    name: str
    field: str
    title: str
    period: str
    icon: str
    full: str


KINDS = (
    Kind(
        "storage",
        "storage_mb",
        "Storage",
        "",
        "hard_drive",
        "Nothing more can be uploaded. Reading, deleting and logging metrics go on.",
    ),
    Kind(
        "runs",
        "runs_per_day",
        "Runs today",
        "a day",
        "play_circle",
        "No run can begin before 00:00 UTC. Runs that have begun go on, and so does reading.",
    ),
    Kind(
        "requests",
        "requests_per_minute",
        "Requests this minute",
        "a minute",
        "sync_alt",
        "Scripts and Studio are asked to wait until the next minute.",
    ),
)

# Requests are new with each minute: a notice of them would come and go.
NOTICED = KINDS[:2]
# Instead of 0 bytes, which would be taken for a measurement.
NOT_MEASURED = "not measured yet"


def amount(kind: Kind, value: int) -> str:
    """A count in its unit: a size, or a number."""
    return formats.size(value) if kind.name == "storage" else formats.grouped(value)


def limit(kind: Kind, value: int | None) -> str:
    """A limit in the unit of `quota` and `defaults`, in words; 0 and None are none."""
    if not value:
        return "no limit"
    shown = amount(kind, value * 1_000_000 if kind.name == "storage" else value)
    return f"{shown} {kind.period}".rstrip()


def describe(kind: Kind, level: Json) -> str:
    """How much of how much, such as `8.5 GB of 10.0 GB`."""
    used = amount(kind, level["used"])
    return f"{used} of {amount(kind, level['limit'])}" if level["limit"] else used


def stored(usage: Json) -> str:
    """How much of how much is stored; of what nobody measured only what was uploaded since."""
    storage = KINDS[0]
    level = usage[storage.name]
    if not usage["measured_at"] and not level["used"]:
        return NOT_MEASURED
    return f"{describe(storage, level)} ({files(usage)})"


def files(usage: Json) -> str:
    """How many files were measured, if they were."""
    if not usage["measured_at"]:
        return NOT_MEASURED
    count = int(usage["files"])
    return "1 file" if count == 1 else f"{formats.grouped(count)} files"


def badge(level: Json) -> None:
    """Draws the percentage where little or nothing is left."""
    if level["state"] in _COLOURS:
        st.badge(f"{level['percent']} %", color=_COLOURS[level["state"]])


def badges(usage: Json) -> str:
    """What is nearly or quite used up, each as a badge in Markdown."""
    return " ".join(
        f":{_COLOURS[level['state']]}-badge[{kind.name} {level['percent']} %]"
        for kind in KINDS
        if (level := usage[kind.name])["state"] in _COLOURS
    )


def card(kind: Kind, usage: Json) -> None:
    """Draws one limit: how much is used, a bar, and what it means."""
    level = usage[kind.name]
    with st.container(border=True, height="stretch", key=f"meter-{kind.name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":gray[:material/{kind.icon}:] **{kind.title}**", width="stretch")
            badge(level)
        of = f" :small[:gray[of {amount(kind, level['limit'])}]]" if level["limit"] else ""
        with st.container(key=f"meter-value-{kind.name}"):
            st.markdown(f"**{_used(kind, usage)}**{of}")
        if level["limit"]:
            with st.container(key=f"meter-{level['state']}-{kind.name}"):
                st.progress(min(100, level["percent"]))
        with st.container(gap="xsmall"):
            if level["state"] == "full":
                widgets.facts(f"**{kind.full}**")
            widgets.facts(_about(kind, usage))
            widgets.facts(_source(kind, usage))


def notice(current: str) -> None:
    """Draws above a page of a project that its storage or runs are nearly, or quite, used up."""
    project = session.project()
    if project is None or current == "usage":
        return
    slug = str(project["slug"])
    usage = _usage(slug)
    for kind in NOTICED if usage else ():
        level = usage[kind.name]
        if level["state"] == "fine":
            continue
        where = f"[See usage]({navigation.url('usage', project=slug)})"
        if level["state"] == "full":
            text = f"**{kind.title}: {describe(kind, level)} used.** {kind.full}"
            st.error(f"{text} {where}", icon=":material/block:")
        else:
            text = f"**{kind.title}: {describe(kind, level)} used ({level['percent']} %).**"
            st.warning(f"{text} {where}", icon=":material/data_usage:")


def near(usages: Sequence[Json], *, without: str | None = None) -> None:
    """Draws a line with a link for each project near a limit; `without` one that says so above."""
    others = [usage for usage in usages if usage["project"] != without]
    for usage in others[:_MOST_NEAR]:
        slug = str(usage["project"])
        levels = [
            f"{kind.title}: {describe(kind, usage[kind.name])} ({usage[kind.name]['percent']} %)"
            for kind in NOTICED
            if usage[kind.name]["state"] != "fine"
        ]
        full = any(usage[kind.name]["state"] == "full" for kind in NOTICED)
        state = "is at a limit" if full else "is near a limit"
        navigation.link(
            "usage",
            f"**{widgets.plain(usage['name'])}** {state}. {'; '.join(levels)}",
            icon=":material/block:" if full else ":material/data_usage:",
            project=slug,
        )
    if len(others) > _MOST_NEAR:
        more = formats.count(len(others) - _MOST_NEAR, "more project")
        widgets.facts(f"{more} near a limit.")


def forget() -> None:
    """Forgets what was kept for the notice, after limits were changed."""
    st.session_state.pop(CACHE, None)


def _usage(slug: str) -> Json:
    kept = st.session_state.get(CACHE)
    if kept and kept[0] == slug and time.monotonic() - kept[1] < _KEPT_SECONDS:
        found: Json = kept[2]
        return found
    try:
        found = session.client().usage(slug)
    except ApiError:
        # The page itself says what is wrong; a notice about limits is not what matters then.
        found = {}
    session.remember(CACHE, (slug, time.monotonic(), found))
    return found


def _used(kind: Kind, usage: Json) -> str:
    used = int(usage[kind.name]["used"])
    unknown = kind.name == "storage" and not usage["measured_at"] and not used
    return NOT_MEASURED.capitalize() if unknown else amount(kind, used)


def _about(kind: Kind, usage: Json) -> str:
    if kind.name == "storage":
        if not usage["measured_at"]:
            return "What was uploaded is counted here until the files are measured."
        ago = times.ago(times.moment(usage["measured_at"]))
        return f"{files(usage)}, measured {ago}; uploads since are added"
    if kind.name == "runs":
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return f"The next day begins {times.ago(midnight, now)}, at 00:00 UTC"
    return "Of scripts, Studio and MLflow's pages together"


def _source(kind: Kind, usage: Json) -> str:
    quota = usage["quota"]
    own = quota[kind.field]
    if own is None:
        return f"As for every project: {limit(kind, usage['defaults'][kind.field])}"
    by = widgets.plain(quota["updated_by"])
    return f"Of this project's own: {limit(kind, own)}, set by {by}"
