"""Every table of the installed MLflow comes or stays for a reason, parents before children."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from ops.adopt.addresses import PROXIED, Located, Roots, plain
from ops.adopt.tables import ADDED, COMPUTED, HELD, LEFT
from ops.backup.snapshot import tables


def test_every_table_comes_or_stays(mold: Path) -> None:
    engine = create_engine(make_url(f"sqlite:///{mold}/mlflow.db"))
    with engine.connect() as connection:
        found = {table.name: table for table in tables(connection)}
    engine.dispose()
    assert set(HELD) | set(LEFT) == set(found)
    assert not set(HELD) & set(LEFT)
    order = list(HELD)
    for name in order:
        for key in found[name].foreign_keys:
            other = key.column.table.name
            assert order.index(other) <= order.index(name), (name, other)
    # What stays and stands under an experiment must be gone before the experiment can go.
    under = {
        name for name in LEFT if "experiment_id" in found[name].columns and name != "endpoints"
    }
    assert under == {*ADDED, *COMPUTED}


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
