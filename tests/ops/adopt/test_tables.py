"""Every table of each version of MLflow comes or stays for a reason, parents before children."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.engine import make_url

from ops.adopt.addresses import PROXIED, Located, Roots, plain
from ops.adopt.tables import ADDED, COMPUTED, HELD, LEFT, SINCE, Chosen, Rows, present
from ops.backup.tables.snapshot import tables
from uac_api.proxy.rules import NEWEST, OLDEST, VERSIONS, has

# Of each version: a table a line, a * where it has an experiment_id, and the tables it refers to.
FOLDER = Path(__file__).parent / "schemas"


def listed(version: str) -> list[str]:
    """The tables of a version of MLflow as they stand in the file."""
    return (FOLDER / f"{version}.txt").read_text().splitlines()


def line(table: Table) -> str:
    """A table as the files have it."""
    mark = "*" if "experiment_id" in table.columns else ""
    parents = sorted({key.column.table.name for key in table.foreign_keys})
    return " ".join([f"{table.name}{mark}", *parents])


def test_the_installed_mlflow_has_the_tables_that_are_listed(mold: Path) -> None:
    engine = create_engine(make_url(f"sqlite:///{mold}/mlflow.db"))
    with engine.connect() as connection:
        found = [line(table) for table in tables(connection)]
    engine.dispose()
    assert sorted(found) == sorted(listed(installed_version("mlflow")))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_table_comes_or_stays(version: str) -> None:
    found = {name.rstrip("*"): parents for name, *parents in map(str.split, listed(version))}
    expected = {name for name in (*HELD, *LEFT) if has(version, SINCE.get(name, OLDEST))}
    assert set(found) == expected
    assert not set(HELD) & set(LEFT)
    order = [name for name in HELD if name in found]
    for name in order:
        for other in found[name]:
            assert order.index(other) <= order.index(name), (name, other)
    # What stays and stands under an experiment must be gone before the experiment can go.
    experiments = {one.split()[0].rstrip("*") for one in listed(version) if "*" in one}
    assert experiments & set(LEFT) - {"endpoints"} == {*ADDED, *COMPUTED}


def test_a_schema_from_before_a_table_goes_without_it() -> None:
    older = {one.split()[0].rstrip("*"): Table("t", MetaData()) for one in listed(OLDEST)}
    newer = {one.split()[0].rstrip("*"): Table("t", MetaData()) for one in listed(NEWEST)}
    assert "issue_categories" not in present(HELD, older)
    assert present(HELD, newer) == list(HELD)
    assert "runs" in present(HELD, {}), "what every version has is never passed over"


def test_tags_that_start_a_detection_of_issues_do_not_come() -> None:
    metadata = MetaData()
    columns = Column("experiment_id", Integer), Column("key", String(250))
    there = {"experiment_tags": Table("experiment_tags", metadata, *columns)}
    engine = create_engine("sqlite://")
    keys = ["team", "mlflow.issueDetection.schedule", "MLFLOW.issuedetection.x", "mlflow.issue"]
    with engine.begin() as connection:
        metadata.create_all(connection)
        table = there["experiment_tags"]
        connection.execute(insert(table), [{"experiment_id": 7, "key": key} for key in keys])
        rows = Rows(there, Chosen("default", (7,), (), ()))
        coming = connection.scalars(select(table.c.key).where(rows.of("experiment_tags"))).all()
        all_of_it = select(table.c.key).where(rows.touching("experiment_tags"))
        assert set(coming) == {"team", "mlflow.issue"}
        assert set(connection.scalars(all_of_it)) == set(keys), "undone, nothing stays"
    engine.dispose()


@pytest.mark.parametrize(
    ("address", "spelt"),
    [
        ("file:///srv/my%20runs/1/", "/srv/my runs/1"),
        ("/srv/runs/1", "/srv/runs/1"),
        ("mlflow-artifacts:/1/a", f"{PROXIED}1/a"),
        ("mlflow-artifacts://host:5000/1/a", f"{PROXIED}1/a"),
        ("http://host/api/2.0/mlflow-artifacts/artifacts/1/a", f"{PROXIED}1/a"),
        ("s3://bucket/x", "s3://bucket/x"),
    ],
)
def test_an_address_has_one_spelling(address: str, spelt: str) -> None:
    assert plain(address) == spelt


@pytest.mark.parametrize(
    ("address", "located"),
    [
        ("mlflow-artifacts:/1/a", Located("/srv/runs", "1/a")),
        ("/srv/runs/1/a", Located("/srv/runs", "1/a")),
        ("/srv/runs/deep/1", Located("s3://deep", "1")),
        ("/srv/runs", Located("/srv/runs", "")),
        ("/srv/runs-of-others/1", None),
        ("/srv/runs/../secrets", None),
        ("/srv/runs/1/..", None),
        ("/srv/runs//1/a", Located("/srv/runs", "1/a")),
        ("gs://bucket/1", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_lies_in_the_deepest_place_that_has_it(
    address: str | None, located: Located | None
) -> None:
    places = {PROXIED: "/srv/runs", "/srv/runs": "/srv/runs", "/srv/runs/deep": "s3://deep"}
    assert Roots(places).locate(address) == located
