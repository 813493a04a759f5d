"""The dialog in which administrators give a project limits of its own, or those for all."""

from collections.abc import Callable

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.quotas import meters
from studio_app.sharing import preview
from studio_app.ui import widgets

_DEFAULT, _NONE, _OWN = "default", "none", "own"
# What a field of an own limit begins with: 10 GB, 100 runs a day, 600 requests a minute.
_BEGIN = {"storage_mb": 10_000, "runs_per_day": 100, "requests_per_minute": 600}
_MOST = 1_000_000_000
_LABELS = {
    "storage_mb": ("Storage", "Megabytes"),
    "runs_per_day": ("Runs a day", "Runs"),
    "requests_per_minute": ("Requests a minute", "Requests"),
}


def change(slug: str, quota: Json, defaults: Json) -> None:
    """Opens the dialog; call it in the branch of a pressed button."""

    @st.dialog("Change limits")
    def ask() -> None:
        st.markdown(f"Limits of `{slug}`. They count within seconds; what is there stays.")
        # What was chosen for another project, or before a change, must not come back here.
        key = f"quota-{slug}-{quota['version']}"
        limits = {
            kind.field: _field(kind, quota[kind.field], defaults, key) for kind in meters.KINDS
        }
        with widgets.answering():
            if st.button("Save", type="primary", key="quota-save"):
                _save(lambda: session.client().set_quota(slug, limits, version=quota["version"]))
                widgets.notice(f"The limits of {slug} are changed.")
                st.rerun()

    ask()


def reset(slug: str, quota: Json) -> None:
    """Asks whether the project shall have the limits for all again."""
    widgets.confirm(
        "Use the defaults",
        f"`{slug}` has the limits of every project again.",
        "Use the defaults",
        lambda: _save(lambda: session.client().reset_quota(slug, version=quota["version"])),
        done=f"{slug} has the limits of every project again.",
    )


def has_own(quota: Json) -> bool:
    """Whether a project has any limit of its own."""
    return any(quota[kind.field] is not None for kind in meters.KINDS)


def _save(act: Callable[[], object]) -> None:
    meters.forget()
    preview.unless_changed(act)


def _field(kind: meters.Kind, own: int | None, defaults: Json, key: str) -> int | None:
    names = {
        _DEFAULT: f"As for every project ({meters.limit(kind, defaults[kind.field])})",
        _NONE: "No limit",
        _OWN: "A limit of its own",
    }
    label, unit = _LABELS[kind.field]
    now = _DEFAULT if own is None else _OWN if own else _NONE
    chosen = st.selectbox(
        label,
        list(names),
        index=list(names).index(now),
        format_func=names.__getitem__,
        key=f"{key}-{kind.field}",
    )
    if chosen == _DEFAULT:
        return None
    if chosen == _NONE:
        return 0
    return int(
        st.number_input(
            unit,
            min_value=1,
            max_value=_MOST,
            value=own or _BEGIN[kind.field],
            key=f"{key}-{kind.field}-own",
        )
    )
