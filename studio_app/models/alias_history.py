"""Who moved an alias of a model from which version to which, as the audit trail tells it.

The trail is for those who manage a project: nobody else asks for it here. Its events name a model
and not its id, so what is told is about all models that have had the name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.api.client import Client, Json
from studio_app.runs import kept
from studio_app.runs.table import run_table
from studio_app.ui import formats, navigation, widgets

_SET = "POST /api/2.0/mlflow/registered-models/alias"
_REMOVE = "DELETE /api/2.0/mlflow/registered-models/alias"
_DELETE_VERSION = "DELETE /api/2.0/mlflow/model-versions/delete"
_DELETE = "DELETE /api/2.0/mlflow/registered-models/delete"
_RENAME = "POST /api/2.0/mlflow/registered-models/rename"
# What changes where an alias points.
_OPERATIONS = (_SET, _REMOVE, _DELETE_VERSION, _DELETE, _RENAME)

# Of each operation so many events are read, the newest, of all models of the project.
_MOST = 1000
# The trail cuts what is longer (uac_api/proxy/responses/audit_target.py).
_LONGEST_NAME = 120
_ROWS = 14


@dataclass(frozen=True)
class Move:
    """One change of an alias; a version is empty where there was none, or it is not known."""

    at: str
    user: str
    alias: str
    before: str
    after: str


@dataclass(frozen=True)
class History:
    """Moves, the newest first, and whether they are all that the trail has."""

    moves: Sequence[Move]
    whole: bool


def show(slug: str, model: Json) -> None:
    """Draws the moves to those who may read them; to others says who may."""
    name, aliases = str(model["name"]), model["aliases"]
    if not session.may("manage", slug):
        text = "Who moved an alias, and when, stands in the audit trail, which owners can read."
        widgets.empty_state("The history is for owners", text, icon="lock")
        return
    if not _is_told(name):
        st.caption("The audit trail cuts names as long as this one: it tells no history of it.")
        return
    # A moved alias is another question: what was read before does not hold for it.
    question = ("alias-history", slug, name, tuple(sorted(aliases.items())))
    found = kept.read(question, lambda: read(session.client(), slug, name), height=200)
    if not found.moves:
        widgets.empty_state(
            "No alias was moved",
            "The audit trail knows of no alias of this model that was set or removed.",
            icon="history",
        )
        return
    shown = frame(found.moves, formats.zone(st.context.timezone))
    st.dataframe(
        shown,
        hide_index=True,
        height=run_table.height(len(shown), _ROWS),
        column_config={"When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        alt="Moves of the aliases of this model, the newest first",
    )
    if not found.whole:
        st.caption("Older moves are in the audit trail only.")
    where = {"project": slug, "operation": _SET, "period": "years"}
    navigation.link("audit", "Open the audit trail", icon=":material/history:", **where)


def read(client: Client, project: str, name: str) -> History:
    """The history of a model's aliases. Raises ApiError 403 for who may not read the trail."""
    events: list[Json] = []
    known_since = 0
    for operation in _OPERATIONS:
        page = client.events(
            max_results=_MOST, project=project, operation=operation, outcome="allowed"
        )
        events += page["events"]
        if page["next_page_token"]:
            known_since = max(known_since, int(page["events"][-1]["id"]))
    # Before that moment one kind of event is missing, and what is told would be wrong.
    told = [event for event in events if int(event["id"]) >= known_since]
    return History(moves(name, told), whole=not known_since)


def moves(name: str, events: Iterable[Json]) -> list[Move]:
    """What events in any order say of the aliases of a model, the newest first."""
    found: list[Move] = []
    points: dict[str, str] = {}
    target = re.compile(
        rf"model {re.escape(name)}(?: version (?P<version>\d+))?(?: alias (?P<alias>\S+))?"
    )
    for event in sorted(events, key=lambda one: int(one["id"])):
        said = target.fullmatch(str(event["target"]))
        if said is None:
            continue
        operation = str(event["operation"])
        changed = _changed(operation, said["version"] or "", said["alias"] or "", points)
        for alias, after in changed.items():
            before = points.pop(alias, "")
            if after:
                points[alias] = after
            # What was removed pointed somewhere, also where the trail does not know where.
            if before != after or operation == _REMOVE:
                found.append(Move(str(event["at"]), str(event["user"]), alias, before, after))
    return found[::-1]


def _changed(operation: str, version: str, alias: str, points: Mapping[str, str]) -> dict[str, str]:
    """Where aliases point after an event; an empty text for nowhere."""
    if operation == _SET and version and alias:
        return {alias: version}
    if operation == _REMOVE and alias and not version:
        return {alias: ""}
    if operation == _DELETE_VERSION and version and not alias:
        return {one: "" for one, number in points.items() if number == version}
    if operation in (_DELETE, _RENAME) and not version and not alias:
        return dict.fromkeys(points, "")
    return {}


def frame(found: Sequence[Move], where: tzinfo) -> pd.DataFrame:
    """Moves as a table, with times as the reader's clock showed them."""
    at = pd.to_datetime(pd.Series([one.at for one in found]), utc=True)
    return pd.DataFrame(
        {
            "When": at.dt.tz_convert(where).dt.tz_localize(None),
            "Alias": [f"@{one.alias}" for one in found],
            "From": [_named(one.before) for one in found],
            "To": [_named(one.after) for one in found],
            "By": [one.user for one in found],
        }
    )


def _named(version: str) -> str:
    return f"Version {version}" if version else formats.MISSING


def _is_told(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and name == " ".join(name.split())
