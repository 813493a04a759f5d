"""What a version can do and where it comes from, against another version of the same model."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.models import model_card, version_comparison, version_record
from studio_app.models.version_record import VersionRecord
from studio_app.runs import text_differences
from studio_app.runs.table import run_table
from studio_app.ui import address_fields, breadcrumbs, commands, formats, widgets

_TABS = ("Metrics", "Parameters", "Signature", "Environment", "Card", "Use it")
# What teams call the version in use, the first that is there.
_IN_USE = ("champion", "production", "prod", "live")
_NOBODY = "-"
_ROWS = 16

_Draw = Callable[[Json, VersionRecord, VersionRecord | None], None]


def show(slug: str, model: Json, frame: pd.DataFrame, this: VersionRecord) -> None:
    """Draws the details of a version, and beside them those of the version it is compared with."""
    numbers = [str(one) for one in frame["version"]]
    other_number = _against(model["aliases"], numbers, this.number)
    other = None
    if other_number:
        row = frame[frame["version"] == other_number].iloc[0]
        other = version_record.read(slug, str(model["name"]), row)
    tabs = address_fields.tabs(_TABS, key="version-tab", name="tab")
    drawn: tuple[_Draw, ...] = (
        _metrics,
        _params,
        partial(_signature, slug),
        _environment,
        partial(_card, slug),
        _usage,
    )
    for tab, draw in zip(tabs, drawn, strict=True):
        if tab.open:
            with tab:
                draw(model, this, other)


def default_opponent(aliases: Mapping[str, str], numbers: list[str], number: str) -> str:
    """The version to compare with: the one in use, else the one before; an empty text for none."""
    for alias in _IN_USE:
        found = aliases.get(alias, "")
        if found in numbers and found != number:
            return found
    older = [one for one in numbers if int(one) < int(number)]
    return max(older, key=int, default="")


def _against(aliases: Mapping[str, str], numbers: list[str], number: str) -> str:
    """Draws the choice of the version to compare with; the answer is empty for none."""
    others = [one for one in numbers if one != number]
    if not others:
        return ""
    usual = default_opponent(aliases, numbers, number) or _NOBODY
    names = {
        one: " ".join(
            [f"Version {one}", *(f"@{a}" for a, n in sorted(aliases.items()) if n == one)]
        )
        for one in others
    }
    choices = [_NOBODY, *others]
    chosen = address_fields.select(
        "Compare with",
        choices,
        key="version-against",
        name="against",
        default=usual,
        shown=lambda one: names.get(one, "Nothing"),
        width=280,
    )
    return "" if chosen == _NOBODY else chosen


def _names(this: VersionRecord, other: VersionRecord | None) -> tuple[str, str]:
    return f"Version {this.number}", f"Version {other.number}" if other else ""


def _metrics(_model: Json, this: VersionRecord, other: VersionRecord | None) -> None:
    if not this.metrics and not (other and other.metrics):
        widgets.empty_state(
            "No metric",
            "Neither this version's model nor its run has logged one.",
            icon="show_chart",
        )
        return
    frame = version_comparison.metrics(
        this.metrics, other.metrics if other else None, _names(this, other)
    )
    _table(frame, "Metrics of this version", numbers=True)


def _params(_model: Json, this: VersionRecord, other: VersionRecord | None) -> None:
    if not this.params and not (other and other.params):
        widgets.empty_state("No parameter", "Its run has logged none, or is gone.", icon="tune")
        return
    differing = other is not None and st.toggle(
        "Only what differs", value=True, key="version-differing"
    )
    frame = version_comparison.texts(
        this.params, other.params if other else None, _names(this, other), differing=differing
    )
    if frame.empty:
        st.caption("Both were trained with the same parameters.")
        return
    _table(frame, "Parameters of this version")


def _signature(slug: str, model: Json, this: VersionRecord, other: VersionRecord | None) -> None:
    found, before = this.file, other.file if other else None
    if found is None or (found.inputs is None and found.outputs is None):
        widgets.empty_state(
            "No signature",
            "`log_model(..., input_example=X[:5])` has MLflow find out what goes in and comes out.",
            icon="schema",
        )
        return
    parts = (
        ("Inputs", found.inputs, before.inputs if before else None),
        ("Outputs", found.outputs, before.outputs if before else None),
        ("Parameters of a prediction", found.params, before.params if before else None),
    )
    for title, fields, old in parts:
        if fields or old:
            st.markdown(f"**{title}**")
            against = None if before is None else (old or [])
            _table(version_comparison.fields(fields or [], against), title)
    if example := version_record.read_example(slug, str(model["name"]), this):
        st.markdown("**Example**")
        st.code(example, language="json", wrap_lines=True)


def _environment(_model: Json, this: VersionRecord, other: VersionRecord | None) -> None:
    found = this.file
    if found is not None:
        size = formats.size(found.size) if found.size is not None else ""
        breadcrumbs.facts(
            [
                f"flavours {', '.join(map(widgets.plain, found.flavours))}"
                if found.flavours
                else "",
                size,
                f"written by MLflow {widgets.plain(found.mlflow_version)}"
                if found.mlflow_version
                else "",
            ]
        )
    if not this.packages:
        widgets.empty_state(
            "No list of packages", "There is no `requirements.txt` beside it.", icon="package_2"
        )
        return
    before = other.packages if other else ""
    if other and before and before != this.packages:
        st.caption(f"From version {other.number} (-) to version {this.number} (+)")
        st.code(text_differences.between(before, this.packages), language="diff")
    elif other and before:
        st.caption(f"The same packages as version {other.number}.")
    st.code(this.packages, language=None)


def _card(slug: str, model: Json, this: VersionRecord, other: VersionRecord | None) -> None:
    model_card.show(
        this.description,
        may_edit=session.may("register", slug),
        about="version",
        edit=lambda: model_card.edit_of_version(slug, str(model["name"]), this),
    )
    if other:
        model_card.show_difference(this.description, other.description, _names(this, other))


def _usage(model: Json, this: VersionRecord, _other: VersionRecord | None) -> None:
    name = str(model["name"])
    aliases = sorted(alias for alias, number in model["aliases"].items() if number == this.number)
    ways = [*(f"@{alias}" for alias in aliases), f"/{this.number}"]
    names = {way: f"By alias {way}" if way[0] == "@" else f"By version {way[1:]}" for way in ways}
    chosen = st.segmented_control(
        "How it is named",
        ways,
        default=ways[0],
        required=True,
        format_func=lambda way: names[way],
        key=f"usage-{this.number}",
        label_visibility="collapsed",
    )
    if str(chosen).startswith("@"):
        st.caption("An alias can be moved to another version: what loads it next gets that one.")
    uri = f"models:/{name}{chosen}"
    for title, code, language in (
        ("Load it", f"import mlflow\n\n{commands.load_model(uri)}\n", "python"),
        ("Score a table", commands.predict_file(uri), "bash"),
        ("Serve it", commands.serve_model(uri), "bash"),
    ):
        st.markdown(f"**{title}**")
        st.code(code, language=language)


def _table(frame: pd.DataFrame, label: str, *, numbers: bool = False) -> None:
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        frame,
        hide_index=True,
        height=run_table.height(len(frame), _ROWS),
        column_config=dict.fromkeys(frame.columns[1:], right) if numbers else None,
        alt=label,
    )
