"""Which rows of MLflow's tables belong to a project, said by what each row belongs to.

`HELD` stands in the order in which rows are put: what others refer to comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Table, and_, false, func, not_, or_, select, true

# Table -> (its column, what that column names). More than one: a row ties two things together.
HELD: dict[str, tuple[tuple[str, str], ...]] = {
    "experiments": (("experiment_id", "experiment"),),
    "experiment_tags": (("experiment_id", "experiment"),),
    "datasets": (("experiment_id", "experiment"),),
    "runs": (("experiment_id", "experiment"),),
    "params": (("run_uuid", "run"),),
    "tags": (("run_uuid", "run"),),
    "metrics": (("run_uuid", "run"),),
    "latest_metrics": (("run_uuid", "run"),),
    "logged_models": (("experiment_id", "experiment"),),
    "logged_model_params": (("model_id", "logged_model"),),
    "logged_model_tags": (("model_id", "logged_model"),),
    "logged_model_metrics": (("model_id", "logged_model"), ("run_id", "run")),
    "trace_info": (("experiment_id", "experiment"),),
    "trace_tags": (("request_id", "trace"),),
    "trace_request_metadata": (("request_id", "trace"),),
    "trace_metrics": (("request_id", "trace"),),
    "spans": (("trace_id", "trace"),),
    "span_metrics": (("trace_id", "trace"),),
    "assessments": (("trace_id", "trace"),),
    "issues": (("experiment_id", "experiment"),),
    "issue_categories": (("issue_id", "issue"),),
    "label_schemas": (("experiment_id", "experiment"),),
    "review_queues": (("experiment_id", "experiment"),),
    "review_queue_items": (("queue_id", "queue"),),
    "review_queue_label_schemas": (("queue_id", "queue"),),
    "review_queue_users": (("queue_id", "queue"),),
    "scorers": (("experiment_id", "experiment"),),
    "scorer_versions": (("scorer_id", "scorer"),),
    "evaluation_datasets": (("dataset_id", "dataset"),),
    "evaluation_dataset_records": (("dataset_id", "dataset"),),
    "evaluation_dataset_tags": (("dataset_id", "dataset"),),
    "registered_models": (("name", "registered"),),
    "registered_model_tags": (("name", "registered"),),
    "registered_model_aliases": (("name", "registered"),),
    "model_versions": (("name", "registered"),),
    "model_version_tags": (("name", "registered"),),
    "inputs": (("source_type", "source_id"), ("destination_type", "destination_id")),
    "input_tags": (("input_uuid", "input"),),
    "entity_associations": (("source_type", "source_id"), ("destination_type", "destination_id")),
}

# Tables whose rows name the kind of thing in one column and its id in another.
KINDS = {
    "inputs": {
        "DATASET": "run_dataset",
        "RUN": "run",
        "RUN_INPUT": "run",
        "RUN_OUTPUT": "run",
        "MODEL_INPUT": "logged_model",
        "MODEL_OUTPUT": "logged_model",
    },
    "entity_associations": {
        "experiment": "experiment",
        "evaluation_dataset": "dataset",
        "run": "run",
        "model": "logged_model",
        "trace": "trace",
        # Only a name: what it means is looked up in the project of whoever reads it.
        "prompt_version": "name",
    },
}

# Table -> why its rows do not come.
LEFT = {
    "workspaces": "projects are opened instead",
    "webhooks": "they send to addresses that their owners must name anew",
    "webhook_events": "with the webhooks",
    "secrets": "they are encrypted with a passphrase of the source",
    "endpoints": "the gateway is set up anew",
    "endpoint_bindings": "the gateway is set up anew",
    "endpoint_model_mappings": "the gateway is set up anew",
    "endpoint_tags": "the gateway is set up anew",
    "model_definitions": "the gateway is set up anew",
    "guardrails": "the gateway is set up anew",
    "guardrail_configs": "the gateway is set up anew",
    "budget_policies": "the gateway is set up anew",
    "online_scoring_configs": "they spend money by themselves and are set up anew",
    "mcp_servers": "they are registered anew",
    "mcp_server_versions": "they are registered anew",
    "mcp_server_version_tags": "they are registered anew",
    "mcp_server_aliases": "they are registered anew",
    "mcp_server_tags": "they are registered anew",
    "mcp_access_endpoints": "they are registered anew",
    "skills": "they are registered anew",
    "skill_versions": "they are registered anew",
    "skill_tags": "they are registered anew",
    "skill_version_tags": "they are registered anew",
    "skill_aliases": "they are registered anew",
    "jobs": "they ran on the source's server",
    "job_locks": "they ran on the source's server",
    "scheduler_leases": "they ran on the source's server",
    "sql_assessment_daily_rollups": "MLflow computes them anew",
    "sql_span_cost_daily_rollups": "MLflow computes them anew",
    "sql_trace_metric_daily_rollups": "MLflow computes them anew",
    "sql_trace_rollup_rebuild_queue": "MLflow computes them anew",
}
# Table -> the version of MLflow that it came with; one before has none.
SINCE = {
    "issue_categories": "3.18.0",
    "skills": "3.18.0",
    "skill_versions": "3.18.0",
    "skill_tags": "3.18.0",
    "skill_version_tags": "3.18.0",
    "skill_aliases": "3.18.0",
}
# Tags of an experiment that MLflow 3.18 acts on by the clock, with the keys of the server.
DETECTION = "mlflow.issuedetection."
# Of those, what MLflow itself or people may have put under an adopted experiment since.
COMPUTED = (
    "sql_assessment_daily_rollups",
    "sql_span_cost_daily_rollups",
    "sql_trace_metric_daily_rollups",
    "sql_trace_rollup_rebuild_queue",
)
ADDED = ("online_scoring_configs",)

_PARENTS = {
    "run": ("runs", "run_uuid"),
    "logged_model": ("logged_models", "model_id"),
    "trace": ("trace_info", "request_id"),
    "queue": ("review_queues", "queue_id"),
    "issue": ("issues", "issue_id"),
    "scorer": ("scorers", "scorer_id"),
    "run_dataset": ("datasets", "dataset_uuid"),
}


def present(names: Iterable[str], tables: Mapping[str, Table]) -> list[str]:
    """Those of the tables that this schema has, in their order.

    What every version has is among them, so that its absence is noticed.
    """
    return [name for name in names if name in tables or name not in SINCE]


def detection_tags(tables: Mapping[str, Table]) -> ColumnElement[bool]:
    """The tags that would start a detection of issues; they do not come."""
    key = tables["experiment_tags"].c.key
    return func.lower(key).startswith(DETECTION, autoescape=True)


@dataclass(frozen=True)
class Chosen:
    """What goes into one project, by the ids and the workspace of one side, source or target."""

    workspace: str
    experiments: tuple[int, ...]
    models: tuple[str, ...]
    datasets: tuple[str, ...]


class Rows:
    """The rows of what was chosen, in a database of MLflow at the schema of this code."""

    def __init__(self, tables: Mapping[str, Table], chosen: Chosen) -> None:
        self._tables, self._chosen = tables, chosen

    def of(self, name: str) -> ColumnElement[bool]:
        """Rows that belong to it with everything they tie together, and that come."""
        ends = self._ends(name, both=True)
        if name == "experiment_tags":
            ends.append(not_(detection_tags(self._tables)))
        return and_(*ends)

    def touching(self, name: str) -> ColumnElement[bool]:
        """Rows that belong to it with anything they tie together."""
        return or_(*self._ends(name, both=False))

    def under(self, name: str) -> ColumnElement[bool]:
        """Rows of a table of LEFT that stand under an experiment."""
        return self._tables[name].c.experiment_id.in_(self._chosen.experiments)

    def _ends(self, name: str, *, both: bool) -> list[ColumnElement[bool]]:
        table = self._tables[name]
        if name == "input_tags":
            inputs = self._tables["inputs"]
            asked = self.of("inputs") if both else self.touching("inputs")
            return [table.c.input_uuid.in_(select(inputs.c.input_uuid).where(asked))]
        if name not in KINDS:
            return [self._names(table, column, kind) for column, kind in HELD[name]]
        unknown = true() if both else false()
        return [
            or_(
                *(
                    and_(table.c[column] == word, self._named(table, place, kind, unknown))
                    for word, kind in KINDS[name].items()
                )
            )
            for column, place in HELD[name]
        ]

    def _named(
        self, table: Table, column: str, kind: str, unknown: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        if kind == "name":
            return unknown
        if kind == "experiment":
            return table.c[column].in_([str(one) for one in self._chosen.experiments])
        return self._names(table, column, kind)

    def _names(self, table: Table, column: str, kind: str) -> ColumnElement[bool]:
        chosen = self._chosen
        if kind == "experiment":
            return table.c[column].in_(chosen.experiments)
        if kind == "dataset":
            return table.c[column].in_(chosen.datasets)
        if kind == "registered":
            here = table.c.workspace == chosen.workspace
            return and_(here, table.c[column].in_(chosen.models))
        return table.c[column].in_(self._ids(kind))

    def _ids(self, kind: str) -> Select[tuple[str]]:
        name, column = _PARENTS[kind]
        parent = self._tables[name]
        return select(parent.c[column]).where(parent.c.experiment_id.in_(self._chosen.experiments))
