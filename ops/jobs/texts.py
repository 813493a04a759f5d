"""How much text each project has in MLflow's database: its traces, tags and descriptions.

Metrics and parameters are not among it: a run that has begun is logged into, whatever is full.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, Table, Text, cast, func, select
from sqlalchemy.engine import URL

from ops.backup.tables.snapshot import snapshot
from ops.checkpoints import Checkpoint

# A column that names a row of another table: (column, table, its column).
Step = tuple[str, str, str]

EXPERIMENT: Step = ("experiment_id", "experiments", "experiment_id")
RUN: Step = ("run_uuid", "runs", "run_uuid")
TRACE: Step = ("request_id", "trace_info", "request_id")
SCORER: Step = ("scorer_id", "scorers", "scorer_id")
DATASET: Step = ("dataset_id", "evaluation_datasets", "dataset_id")


@dataclass(frozen=True)
class Texts:
    """Columns of a table of MLflow's, and the way from it to the table that names the workspace."""

    table: str
    columns: tuple[str, ...]
    way: tuple[Step, ...] = ()


TEXTS = (
    Texts("experiment_tags", ("value",), (EXPERIMENT,)),
    Texts("tags", ("value",), (RUN, EXPERIMENT)),
    Texts("datasets", ("dataset_source", "dataset_schema", "dataset_profile"), (EXPERIMENT,)),
    Texts("logged_model_params", ("param_value",), (EXPERIMENT,)),
    Texts("logged_model_tags", ("tag_value",), (EXPERIMENT,)),
    Texts("trace_info", ("request_preview", "response_preview"), (EXPERIMENT,)),
    Texts("trace_tags", ("value",), (TRACE, EXPERIMENT)),
    Texts("trace_request_metadata", ("value",), (TRACE, EXPERIMENT)),
    Texts("spans", ("content",), (EXPERIMENT,)),
    Texts(
        "assessments",
        ("value", "error", "rationale", "assessment_metadata"),
        (("trace_id", "trace_info", "request_id"), EXPERIMENT),
    ),
    Texts("issues", ("description", "root_causes"), (EXPERIMENT,)),
    Texts("label_schemas", ("instruction", "input_config"), (EXPERIMENT,)),
    Texts("scorer_versions", ("serialized_scorer",), (SCORER, EXPERIMENT)),
    Texts("evaluation_datasets", ("schema", "profile")),
    Texts("evaluation_dataset_tags", ("value",), (DATASET,)),
    Texts(
        "evaluation_dataset_records",
        ("inputs", "outputs", "expectations", "tags", "source"),
        (DATASET,),
    ),
    Texts("registered_models", ("description",)),
    Texts("registered_model_tags", ("value",)),
    Texts("model_versions", ("description",)),
    Texts("model_version_tags", ("value",)),
)


def sizes(url: URL, checkpoint: Checkpoint) -> Counter[str]:
    """The bytes of texts by workspace; none before there is a file of SQLite's.

    Raises BackupError if MLflow's database cannot be read.
    """
    found: Counter[str] = Counter()
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return found
    with snapshot(url, "MLflow") as seen:
        tables = {table.name: table for table in seen.tables}
        for texts in TEXTS:
            checkpoint()
            for workspace, size in seen.connection.execute(_sum(texts, tables, seen.dialect)):
                found[str(workspace)] += int(size or 0)
    return found


def _sum(texts: Texts, tables: Mapping[str, Table], dialect: str) -> Select[Any, Any]:
    table = tables[texts.table]
    joined: Any = table
    root = table
    for column, name, key in texts.way:
        above = tables[name]
        joined = joined.join(above, root.c[column] == above.c[key])
        root = above
    each = [func.coalesce(_bytes(table.c[name], dialect), 0) for name in texts.columns]
    total = func.sum(reduce(operator.add, each))
    return select(root.c.workspace, total).select_from(joined).group_by(root.c.workspace)


def _bytes(column: ColumnElement[Any], dialect: str) -> ColumnElement[int]:
    # SQLite counts letters of a text; of JSON PostgreSQL knows no length.
    if dialect == "sqlite":
        return func.length(cast(column, LargeBinary))
    return func.octet_length(cast(column, Text) if dialect == "postgresql" else column)
