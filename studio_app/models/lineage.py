"""What a version was made of: its logged model, run, data and code, each a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import streamlit as st

from studio_app.models.version_record import VersionRecord
from studio_app.ui import breadcrumbs, formats, widgets

# More datasets than these are found on the page of the run.
_DATASETS = 3
_COMMIT_SIGNS = 8
_NAME_SIGNS = 32


@dataclass(frozen=True)
class Step:
    """One thing on the way back; without parameters it is gone and leads nowhere."""

    label: str
    icon: str
    params: Mapping[str, str] | None


def steps(slug: str, run_id: str, record: VersionRecord) -> list[Step]:
    """The way back from a version. `run_id` is the run that the version names, or empty."""
    found = []
    run, logged = record.run, record.logged
    of_run = {"project": slug, "run_id": run.run_id} if run else None
    if logged:
        label = f"Logged model {_named(str(logged['name']))}"
        found.append(Step(label, "deployed_code", of_run and of_run | {"tab": "Models"}))
    if run is None:
        gone = [Step("Run is gone", "show_chart", None)] if run_id else []
        return found + gone
    found.append(Step(f"Run {_named(run.name)}", "show_chart", of_run))
    for dataset in run.datasets[:_DATASETS]:
        label = f"Data {_named(dataset['name'])} {dataset['digest'][:_COMMIT_SIGNS]}".strip()
        found.append(Step(label, "dataset", of_run))
    if len(run.datasets) > _DATASETS:
        found.append(Step(f"{len(run.datasets) - _DATASETS} more", "dataset", of_run))
    commit = run.tags.get("mlflow.source.git.commit", "")[:_COMMIT_SIGNS]
    source = PurePosixPath(run.tags.get("mlflow.source.name", "")).name
    if commit or source:
        label = " ".join(["Code", *filter(None, [_named(source), commit])])
        found.append(Step(label, "code", of_run))
    return found


def show(slug: str, run_id: str, record: VersionRecord) -> None:
    """Draws the way back as a row of links; nothing where a version names nothing."""
    found = steps(slug, run_id, record)
    if not found:
        return
    with st.container(
        horizontal=True, gap="xsmall", vertical_alignment="center", key="version-lineage"
    ):
        st.caption("Made of", width="content")
        for place, step in enumerate(found):
            if place:
                st.caption("←", width="content")
            if step.params is None:
                st.caption(widgets.plain(step.label), width="content")
            else:
                icon = f":material/{step.icon}:"
                breadcrumbs.inline(step.label, "run", dict(step.params), icon)


def _named(text: str) -> str:
    return formats.short(text, _NAME_SIGNS)
