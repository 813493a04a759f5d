"""One version of a model with what its run, its logged model and its files say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from studio_app import session
from studio_app.api.client import Json
from studio_app.api.errors import if_there
from studio_app.models import model_file, registry
from studio_app.models.model_file import Folder, ModelFile
from studio_app.runs import kept, text_differences, tracking
from studio_app.runs.tracking import Run

# The whole of an example is among the files of the version.
_EXAMPLE_LINES = 60
_EXAMPLE_SIGNS = 10_000


@dataclass(frozen=True)
class VersionRecord:
    """A version by its number, and what it was made of, as far as that is there."""

    number: str
    description: str
    run: Run | None
    logged: Json | None
    folder: Folder | None
    file: ModelFile | None
    packages: str

    @property
    def params(self) -> Mapping[str, str]:
        """The parameters of its run."""
        return self.run.params if self.run else {}

    @property
    def metrics(self) -> Mapping[str, float]:
        """What was measured: MLflow 3 logs it on the model itself, before that on the run."""
        if self.logged and self.logged["metrics"]:
            return dict(self.logged["metrics"])
        if self.run is None:
            return {}
        return dict(zip(self.run.metrics["key"], self.run.metrics["value"], strict=True))


def read(slug: str, name: str, row: "pd.Series") -> VersionRecord:
    """The record of a row of `registry.versions`, asked for once. Raises ApiError."""
    number, client = str(row["version"]), session.client()
    description = str(row["description"])

    def ask() -> VersionRecord:
        run_id, model_id = str(row["run_id"]), str(row["model_id"])
        logged = (
            if_there(lambda: registry.logged_model(client, slug, model_id)) if model_id else None
        )
        # A version that was registered by hand may name its logged model only.
        made_by = run_id or str((logged or {}).get("source_run_id") or "")
        run = if_there(lambda: tracking.run(client, slug, made_by)) if made_by else None
        folder = model_file.folder_of(str(row["source"]), run, logged)
        if folder is None:
            return VersionRecord(number, description, run, logged, None, None, "")
        packages = model_file.read_text(client, slug, folder, "requirements.txt") or ""
        file = model_file.read(client, slug, folder)
        return VersionRecord(number, description, run, logged, folder, file, packages.strip())

    # With its description: who has just changed it sees what it is now.
    return kept.read(("version", slug, name, number, description), ask, height=240)


def read_example(slug: str, name: str, record: VersionRecord) -> str:
    """The beginning of an input that fits, a line for each value; empty where there is none."""
    folder, file = record.folder, record.file
    if folder is None or file is None or not file.example:
        return ""

    def ask() -> str:
        text = model_file.read_text(session.client(), slug, folder, file.example) or ""
        whole = text_differences.in_lines(text).splitlines()
        shown = "\n".join(whole[:_EXAMPLE_LINES])[:_EXAMPLE_SIGNS]
        return shown if shown == "\n".join(whole) else f"{shown}\n…"

    return kept.read(("version-example", slug, name, record.number), ask, height=120)
