"""RLIKE on SQLite is read by RE2, on MLflow's own connections, and comes to an end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.db.utils import create_sqlalchemy_engine
from sqlalchemy import Engine, event, text
from sqlalchemy.pool import Pool

from mlflow_server import deadlines, patterns

ASKED = text("SELECT :value REGEXP :pattern")
# Each would be tried in more ways than there are seconds in a life.
CATASTROPHIC = ("(a+)+$", "(a|aa)+$", "(a*)*b", "([a-z]+)*[0-9]", "(.*a){30}b", "^(a?){40}a{40}$")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """As MLflow makes it, in a process where the gate was made before."""
    patterns.install()
    event.listen(Engine, "handle_error", deadlines._explain)
    made = create_sqlalchemy_engine(f"sqlite:///{tmp_path}/mlflow.db")
    yield made
    made.dispose()
    event.remove(Pool, "checkout", patterns._replace)
    event.remove(Engine, "handle_error", deadlines._explain)


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_a_pattern_that_may_fit_in_many_ways_comes_to_an_end(engine: Engine, pattern: str) -> None:
    with engine.connect() as connection:
        said = connection.scalar(ASKED, {"value": "a" * 39 + "!", "pattern": pattern})
        assert said == 0


@pytest.mark.parametrize(
    ("value", "pattern", "found"),
    [
        ("gpt-4o", "^gpt-[34]", 1),
        ("GPT-4", "gpt", 0),
        ("GPT-4", "(?i)gpt", 1),
        ("a\nb", "^a$", 0),
        ("größe", "gr.ße", 1),
        (None, "a", 0),
        ("a", None, 0),
        (5, "5", 1),
        ("", "", 1),
    ],
)
def test_what_fits_is_found(engine: Engine, value: object, pattern: str | None, found: int) -> None:
    with engine.connect() as connection:
        assert connection.scalar(ASKED, {"value": value, "pattern": pattern}) == found


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)b", "(", "a{2000}"])
def test_what_re2_cannot_read_is_400_with_a_sentence(engine: Engine, pattern: str) -> None:
    with engine.connect() as connection, pytest.raises(MlflowException) as refused:
        connection.scalar(ASKED, {"value": "a", "pattern": pattern})
    said = json.loads(refused.value.serialize_as_json())
    assert (refused.value.get_http_status_code(), said["reason"]) == (400, "pattern")
    assert "RE2" in said["message"]
    assert "SELECT" not in said["message"]


def test_each_connection_of_the_pool_has_it(engine: Engine) -> None:
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            assert connection.scalar(ASKED, {"value": "a" * 40 + "!", "pattern": "(a+)+$"}) == 0
