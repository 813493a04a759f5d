"""Registered models as rows: champion and other aliases, last change, owner and project."""

from collections.abc import Mapping, Sequence

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.models import model_badges, model_card
from studio_app.runs import kept, tracking
from studio_app.ui import breadcrumbs, times, widgets

# MLflow knows no owner of a model. A team that wants one names them by this tag.
_OWNER = "owner"


def show(rows: Sequence[Json], project_names: Mapping[str, str]) -> None:
    """Draws rows of `Client.models`; `project_names` by slug, empty where all are of one."""
    latest = [_latest(row) for row in rows]
    people = _people([str(one.get("run_id") or "") for one in latest])
    with st.container(border=True, gap="medium", key="model-rows"):
        for row, version in zip(rows, latest, strict=True):
            by = people.get(str(version.get("run_id") or ""), "")
            _row(row, version, by, project_names.get(str(row["project"]), ""))


def _latest(row: Json) -> Json:
    """The newest version of a model; an empty one where there is none."""
    versions: list[Json] = row["latest_versions"]
    return max(versions, key=lambda one: int(one["version"]), default={})


def _people(run_ids: Sequence[str]) -> dict[str, str]:
    """Who logged some runs, by their ids; runs that are gone are left out."""
    wanted = tuple(sorted(set(filter(None, run_ids))))
    if not wanted:
        return {}

    def read() -> dict[str, str]:
        frame = tracking.runs_by_id(session.client(), "", "", wanted, columns=["user"])
        return {str(row["run_id"]): str(row["user"]) for row in frame.to_dict("records")}

    return kept.read(("people-of-runs", wanted), read, height=320)


def _row(row: Json, version: Json, by: str, project_name: str) -> None:
    slug, name = str(row["project"]), str(row["name"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch", gap="xxsmall"):
            breadcrumbs.row(name, "model", {"project": slug, "model": name}, "deployed_code")
            if text := model_card.excerpt(str(row.get("description") or "")):
                st.caption(widgets.plain(text))
            breadcrumbs.facts(_facts(row, version, by, project_name))
        if row["aliases"]:
            st.markdown(model_badges.with_versions(row["aliases"]), width="content")


def _facts(row: Json, version: Json, by: str, project_name: str) -> list[str]:
    owner, updated = str(row["tags"].get(_OWNER, "")), row.get("last_updated_timestamp")
    latest = f"latest version {version['version']}" if version else "no version yet"
    return [
        widgets.plain(project_name),
        f"owner {widgets.plain(owner)}" if owner else "",
        f"{latest} by {widgets.plain(by)}" if by else latest,
        f"changed {times.ago(times.from_milliseconds(updated))}" if updated else "",
    ]
