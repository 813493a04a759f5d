"""A stand-in for the reading room: runs in memory, by the contract of mlflow_server/reading/."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from people import Person, Reply
from uac_api.errors import StudioError
from uac_api.mlflow.reading import (
    NOBODYS,
    CurvesQuestion,
    ListKind,
    ListPage,
    ListQuestion,
    Rows,
    RunsQuestion,
    Selection,
)

QUERY, COLUMNS, CURVES = "/runs/query", "/runs/columns", "/metrics/curves"
# The smallest body of each operation.
BODIES: dict[str, dict[str, Any]] = {QUERY: {}, COLUMNS: {}, CURVES: {"metrics": ["loss"]}}
JSON = {"Accept": "application/json"}


@dataclass
class ReadingStandIn:
    """Answers from `runs`, and with lists of three rows for each project.

    `trouble` is raised instead of an answer. `released` counts the answers that were let go.
    """

    runs_there: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Selection] = field(default_factory=list)
    listed: list[tuple[ListKind, ListQuestion]] = field(default_factory=list)
    trouble: StudioError | None = None
    schema: StudioError | None = None
    released: int = 0

    def runs(self, question: RunsQuestion, resources: ExitStack) -> Rows:
        found = self._selected(question)
        begin = int(question.after or 0)
        end = len(found) if question.all else begin + question.limit
        names = [name for name in question.columns or () if name.startswith("metrics.")]
        rows = [
            {"run_id": run["run_id"], "project": run["project"]}
            | {name: run["metrics"].get(name.partition(".")[2]) for name in names}
            for run in found[begin:end]
        ]
        resources.callback(self._release)
        further = end if end < len(found) else None
        return Rows(_written(rows, question.format), str(len(found)), further)

    def curves(self, question: CurvesQuestion, resources: ExitStack) -> Rows:
        rows = [
            {"run_id": run["run_id"], "metric": name, "x": 0.0, "last": run["metrics"][name]}
            for run in self._selected(question)
            for name in question.metrics
            if name in run["metrics"]
        ]
        resources.callback(self._release)
        return Rows(_written(rows, question.format), "", None)

    def columns(self, question: Selection) -> dict[str, Any]:
        found = self._selected(question)
        values: dict[str, list[float]] = {}
        for run in found:
            for name, value in run["metrics"].items():
                values.setdefault(name, []).append(value)
        columns = [
            {
                "kind": "metrics",
                "key": key,
                "runs": len(there),
                "min": min(there),
                "max": max(there),
                "values": len(set(there)),
                "common": [],
            }
            for key, there in values.items()
        ]
        counted = {"runs": len(found), "sampled": False, "looked_at": len(found)}
        return {**counted, "columns": columns}

    def page(self, kind: ListKind, question: ListQuestion) -> ListPage:
        self.listed.append((kind, question))
        if self.trouble is not None:
            raise self.trouble
        every = [
            {"project": slug, "name": f"{slug} {number}"}
            for slug in question.workspaces
            if slug not in NOBODYS
            for number in range(3)
        ]
        wanted = [row for row in every if question.query in row["name"]]
        begin = int(question.after or 0)
        end = begin + question.limit
        return ListPage(wanted[begin:end], end if end < len(wanted) else None)

    def check_schema(self) -> None:
        if self.schema is not None:
            raise self.schema

    def _selected(self, question: Selection) -> list[dict[str, Any]]:
        self.asked.append(question)
        if self.trouble is not None:
            raise self.trouble
        return [
            run
            for run in self.runs_there
            if run["project"] in question.workspaces
            and (question.runs is None or run["run_id"] in question.runs)
            and (question.experiments is None or run["experiment_id"] in question.experiments)
        ]

    def _release(self) -> None:
        self.released += 1


def a_run(project: str, name: str, **metrics: float) -> dict[str, Any]:
    """A run of a project, in the experiment that has the project's name."""
    return {"run_id": name, "project": project, "experiment_id": project, "metrics": metrics}


def ask(caller: Person, path: str, **fields: Any) -> Reply:
    """What the caller gets for these fields."""
    return caller.studio("POST", path, {**BODIES[path], **fields}, headers=JSON)


def rows(reply: Reply) -> list[dict[str, Any]]:
    """The rows of a table in JSON."""
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.json["rows"]
    return found


def _written(rows: list[dict[str, Any]], form: str) -> Iterator[bytes]:
    if form == "json":
        yield json.dumps(rows).encode()
        return
    if form == "csv":
        names = list(rows[0]) if rows else ["run_id"]
        text = io.StringIO()
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
        yield text.getvalue().encode()
        return
    table = pa.Table.from_pylist(rows) if rows else pa.table({"run_id": pa.array([], pa.string())})
    sink = pa.BufferOutputStream()
    if form == "parquet":
        parquet.write_table(table, sink)
    else:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    yield sink.getvalue().to_pybytes()
