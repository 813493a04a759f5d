"""The texts of each project are measured in MLflow's database, on each kind of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    text,
)
from sqlalchemy.engine import make_url

from databases import KINDS, drop_database, needed_database
from installations import mlflow_may_be_old
from ops.checkpoints import always
from ops.jobs.texts import TEXTS, sizes

# Of MLflow's long texts, those that are nobody's description or trace, each with the reason.
LEFT = {
    "params.value": "a parameter: a run that has begun is logged into, whatever is full",
    "jobs.params": "of a feature that an operator switches on",
    "jobs.result": "of a feature that an operator switches on",
    "jobs.status_message": "of a feature that an operator switches on",
    "jobs.progress": "of a feature that an operator switches on",
    "jobs.status_details": "of a feature that an operator switches on",
    "jobs.scoped_permissions": "of a feature that an operator switches on",
    "secrets.auth_config": "an owner's configuration of the gateway",
    "secrets.description": "an owner's configuration of the gateway",
    "endpoints.fallback_config_json": "an owner's configuration of the gateway",
    "endpoint_tags.value": "an owner's configuration of the gateway",
    "online_scoring_configs.filter_string": "closed",
    "issues.categories": "a few words",
    "spans.name": "said in its content again",
    "logged_models.artifact_location": "an address",
    "logged_models.status_message": "of MLflow's own",
    "trace_info.trace_name": "said in its tags again",
    "webhooks.description": "an owner's, and few",
    "workspaces.description": "closed: Studio has a project's description",
    "workspaces.default_artifact_root": "an address",
    "workspaces.trace_archival_location": "an address",
}
LONG = 1000


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    """MLflow's tables, as its models say."""
    with mlflow_may_be_old():
        from mlflow.store.db.base_sql_model import Base
        from mlflow.store.model_registry.dbmodels import models as _registry  # noqa: F401
        from mlflow.store.tracking.dbmodels import models as _tracking  # noqa: F401
        from mlflow.store.workspace.dbmodels import models as _workspaces  # noqa: F401
    return dict(Base.metadata.tables)


@pytest.fixture(params=KINDS)
def engine(
    request: pytest.FixtureRequest, tables: dict[str, Table], tmp_path: Path
) -> Iterator[Engine]:
    """A database with MLflow's tables and columns, without their keys, and a revision."""
    url = needed_database(request.param, tmp_path)
    made = create_engine(url)
    plain = MetaData()
    for name, table in tables.items():
        Table(name, plain, *(Column(one.name, one.type) for one in table.columns))
    plain.create_all(made)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('x')"))
    yield made
    made.dispose()
    drop_database(url)


def put(engine: Engine, table: Table, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table).values(**values))


def experiment(engine: Engine, tables: dict[str, Table], number: int, workspace: str) -> None:
    put(
        engine,
        tables["experiments"],
        experiment_id=number,
        name=f"e{number}",
        workspace=workspace,
        lifecycle_stage="active",
    )
    put(
        engine,
        tables["trace_info"],
        request_id=f"tr-{number}",
        experiment_id=number,
        timestamp_ms=1,
        status="OK",
    )


def test_each_project_has_its_own_texts_in_bytes(engine: Engine, tables: dict[str, Table]) -> None:
    for number, workspace in ((1, "fraud"), (2, "fraud"), (3, "churn")):
        experiment(engine, tables, number, workspace)
    url = make_url(engine.url)
    assert dict(sizes(url, always)) == {} or set(sizes(url, always).values()) == {0}
    put(engine, tables["runs"], run_uuid="a", experiment_id=1, lifecycle_stage="active")
    put(engine, tables["tags"], run_uuid="a", key="mlflow.note.content", value="größe" * 100)
    span = {"trace_id": "tr-2", "experiment_id": 2, "span_id": "s", "status": "OK"}
    times = {"start_time_unix_nano": 1, "end_time_unix_nano": 2}
    put(engine, tables["spans"], **span, **times, content="x" * 3000)
    put(engine, tables["registered_models"], name="m", workspace="churn", description="y" * 500)
    put(engine, tables["registered_models"], name="m", workspace="fraud", description=None)
    dataset = {"dataset_id": "d", "name": "d", "workspace": "churn", "schema": "{}"}
    put(engine, tables["evaluation_datasets"], **dataset, profile=None)
    record = {"dataset_record_id": "r", "dataset_id": "d", "input_hash": "h"}
    put(engine, tables["evaluation_dataset_records"], **record, inputs={"q": "z" * 1000})
    found = sizes(url, always)
    # A letter beyond ASCII takes two bytes: 100 times g, r, ö, ß, e.
    assert found["fraud"] == 700 + 3000
    # JSON has its quotes, and null where SQLAlchemy writes one for None.
    assert 500 + 2 + 1000 <= found["churn"] <= 500 + 2 + 1000 + 50
    assert found["nobody"] == 0


def test_where_there_is_no_database_yet_there_is_no_text(tmp_path: Path) -> None:
    assert sizes(make_url(f"sqlite:///{tmp_path}/none.db"), always) == {}


def test_every_long_text_of_mlflow_is_measured_or_left_for_a_reason(
    tables: dict[str, Table],
) -> None:
    long = {
        f"{table.name}.{column.name}"
        for table in tables.values()
        for column in table.columns
        if isinstance(column.type, JSON)
        or (isinstance(column.type, String) and (column.type.length or LONG) >= LONG)
    }
    measured = {f"{one.table}.{name}" for one in TEXTS for name in one.columns}
    assert measured <= {f"{t.name}.{c.name}" for t in tables.values() for c in t.columns}
    closed = ("mcp_", "skill")
    unknown = {one for one in long - measured - LEFT.keys() if not one.startswith(closed)}
    assert unknown == set()
    assert LEFT.keys() <= long - measured
