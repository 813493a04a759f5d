"""A row of the source as it stands in the target: ids, workspace and addresses of the project."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ops.adopt.errors import AdoptError
from ops.adopt.planning.layout import ARCHIVE_LOCATION, ARTIFACT_LOCATION, Layout
from ops.adopt.tables import KINDS

Row = dict[str, Any]
Change = Callable[["Rewriting", Row], None]

# Placeholders of prompts and names of things by their ids: MLflow looks these up in the workspace.
BY_NAME = re.compile(r"(runs|models):/|dummy-source$|prompt-template$")
EXPERIMENT_ID, EXPERIMENT_IDS = "mlflow.experimentId", "_mlflow_experiment_ids"


class Rewriting:
    """The rewriting of the rows that go into one project."""

    def __init__(self, slug: str, ids: Mapping[int, int], layout: Layout, runs: set[str]) -> None:
        self._slug, self._ids, self._layout, self._runs = slug, ids, layout, runs
        self._texts = {str(old): str(new) for old, new in ids.items()}

    def row(self, table: str, row: Row) -> Row:
        """The row, changed in place."""
        if "workspace" in row:
            row["workspace"] = self._slug
        if row.get("experiment_id") is not None:
            row["experiment_id"] = self._experiment(table, row["experiment_id"])
        for change in CHANGES.get(table, ()):
            change(self, row)
        return row

    def _experiment(self, table: str, old: int) -> int:
        if old not in self._ids:
            raise AdoptError(
                f"{self._slug}: a row of {table} says that it is of the experiment {old}, which "
                "does not come into this project, although what it belongs to does."
            )
        return self._ids[old]

    def text(self, experiment: str) -> str:
        """The id of an experiment as a text; one that does not come stays as it is."""
        return self._texts.get(experiment, experiment)

    def address(self, address: str | None) -> str | None:
        """An address in the target. Raises AdoptError for one that does not come."""
        if not address:
            return address
        moved = self._layout.moved(address, self._slug)
        if moved is None:
            raise AdoptError(f"{self._slug}: {address} does not come into this project.")
        return moved

    def is_here(self, run: str | None) -> bool:
        """Whether a run goes into this project."""
        return run in self._runs


def _address(column: str) -> Change:
    def change(here: Rewriting, row: Row) -> None:
        row[column] = here.address(row[column])

    return change


def _source(here: Rewriting, row: Row) -> None:
    if row["source"] and not BY_NAME.match(row["source"]):
        row["source"] = here.address(row["source"])


def _storage(here: Rewriting, row: Row) -> None:
    # Where a version names a run or a model, MLflow keeps the address of its files beside it.
    if row["storage_location"] and not BY_NAME.match(row["storage_location"]):
        row["storage_location"] = here.address(row["storage_location"])


def _tag(column: str = "value") -> Change:
    def change(here: Rewriting, row: Row) -> None:
        if row["key"] == EXPERIMENT_ID:
            row[column] = here.text(row[column])
        elif row["key"] == EXPERIMENT_IDS and row[column]:
            row[column] = ",".join(here.text(one) for one in row[column].split(","))

    return change


def _place_of_trace(here: Rewriting, row: Row) -> None:
    if row["key"] in (ARTIFACT_LOCATION, ARCHIVE_LOCATION):
        row["value"] = here.address(row["value"])


def _span(here: Rewriting, row: Row) -> None:
    # Nearly no span names its experiment: the others are not taken apart.
    if EXPERIMENT_ID not in row["content"]:
        return
    content = json.loads(row["content"])
    attributes = content.get("attributes")
    if isinstance(attributes, dict) and isinstance(attributes.get(EXPERIMENT_ID), str):
        named = attributes[EXPERIMENT_ID].strip('"')
        attributes[EXPERIMENT_ID] = attributes[EXPERIMENT_ID].replace(named, here.text(named))
        row["content"] = json.dumps(content)


def _issue(here: Rewriting, row: Row) -> None:
    if not here.is_here(row["source_run_id"]):
        row["source_run_id"] = None


def _association(here: Rewriting, row: Row) -> None:
    for end in ("source", "destination"):
        if KINDS["entity_associations"].get(row[f"{end}_type"]) == "experiment":
            row[f"{end}_id"] = here.text(row[f"{end}_id"])


CHANGES: dict[str, tuple[Change, ...]] = {
    "experiments": (_address("artifact_location"),),
    "runs": (_address("artifact_uri"),),
    "logged_models": (_address("artifact_location"),),
    "model_versions": (_source, _storage),
    "tags": (_tag(),),
    "experiment_tags": (_tag(),),
    "registered_model_tags": (_tag(),),
    "model_version_tags": (_tag(),),
    "trace_tags": (_tag(), _place_of_trace),
    "trace_request_metadata": (_tag(),),
    "spans": (_span,),
    "issues": (_issue,),
    "entity_associations": (_association,),
}
