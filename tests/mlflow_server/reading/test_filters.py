"""A filter finds the runs that MLflow finds by it; more is as Python has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, note, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.dbmodels.models import SqlRun, SqlTag
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from mlflow_server.reading.errors import FilterError
from mlflow_server.reading.expression import And, Comparison, Expression, Not, Or
from mlflow_server.reading.filters import condition
from mlflow_server.reading.grammar import parse

SOME = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NOW = 1_790_000_000_000
HOUR = 3_600_000
LARGEST = "1.7976931348623157e308"

METRICS = (
    *("loss", "Loss", "LOSS", "val/loss", "a b", "größe", "it's", 'say "x"', "tick`tock", "50%"),
    "😀",
)
TEXTS = (
    "😀",
    "😁",
    "50%",
    "opt",
    "Opt",
    "OPT",
    "val-set",
    "a b",
    "grösse",
    "größe",
    "it's",
    'say "x"',
    "tick`tock",
)
VALUES = (
    *("adam", "Adam", "adamw", "", "a_b", "50%", "a*b", "a?b", "[ab]", "x y", "größe", "GRÖSSE"),
    *("it's", 'say "x"', "back\\slash", "adam ", "adam  ", "two\nlines", "😀", "😁", "\\", "a\0b"),
)
PATTERNS = (
    *("%", "_", "", "a%", "%m", "A%", "a_b", "a\\_b", "50\\%", "50%", "%*%", "[ab]", "[a]%", "a?b"),
    *(
        "_dam",
        "%ö%",
        "gr__e",
        "gr___e",
        "%Ö%",
        "%😀%",
        "__",
        "____",
        "%\\\\%",
        "%\\",
        "adam_",
        "it's",
    ),
)
NUMBERS = (
    *("0", "0.0", "-0.0", "0.1", ".1", "-0.1", "0.30000000000000004", "0.3", "1", "1.", "1e-300"),
    *("1E20", "1e20", "100000000000000000000", LARGEST, "-" + LARGEST, "5e-324", "12", "1e999"),
)
TIMES = (
    *("0", "-1", "5.5", str(NOW), str(NOW - 3 * HOUR), f"{NOW - 3 * HOUR}.5", "1e12", "1.79e12"),
    *("9223372036854775807", "-9223372036854775808", "2147483648"),
)
CASES = st.sampled_from([str.upper, str.lower, str.title])


def quoted(text: str, marks: str) -> str:
    """A text in the first of these quotes in which it can stand as it is."""
    for mark in marks:
        if mark not in text and not (mark != "`" and text.endswith("\\")):
            return f"{mark}{text}{mark}"
    assume(text.endswith("\\"))
    return f"'{text}'"


@st.composite
def spelled(draw: Callable[[Any], Any], kinds: tuple[str, ...], keys: tuple[str, ...]) -> str:
    """A name, in one of the ways in which MLflow takes it."""
    kind, key = draw(st.sampled_from(kinds)), draw(st.sampled_from(keys))
    kind = f"`{kind}`" if draw(st.integers(0, 9)) == 0 else kind
    if re.fullmatch(r"[a-zA-Zäöüß]\w*", key) and draw(st.booleans()):
        return f"{kind}.{key}"
    marks = draw(st.permutations("`\"'"))
    return f"{kind}.{quoted(key, ''.join(marks))}"


def literals(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(values), st.sampled_from(["'\"", "\"'"])).map(
        lambda drawn: quoted(*drawn)
    )


def condition_of(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def words(*found: str) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(found), CASES).map(lambda drawn: drawn[1](drawn[0]))


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4).map(lambda some: f"({', '.join(some)})")


ORDERED = words("=", "!=", "<", "<=", ">", ">=")
EQUAL, LIKE, LISTED, NULL = (
    words("=", "!="),
    words("LIKE", "ILIKE"),
    words("IN", "NOT IN"),
    words("IS NULL", "IS NOT NULL"),
)
METRIC = spelled(("metric", "metrics"), METRICS)
PARAM = spelled(("param", "params", "parameter", "parameters"), TEXTS)
TAG = spelled(("tag", "tags"), (*TEXTS, "mlflow.runName", "mlflow.parentRunId"))
ATTRIBUTE = ("attribute", "attributes", "attr", "run")
TIME = spelled(ATTRIBUTE, ("start_time", "end_time", "created", "Created"))
RUN_NAME = spelled(ATTRIBUTE, ("run_name", "run name", "Run name", "Run Name"))
STRING = spelled(ATTRIBUTE, ("user_id", "status", "artifact_uri", "run_id"))
DATASET = spelled(("dataset", "datasets"), ("name", "digest", "context"))
NAMES = (*VALUES, "bold-cat-1", "Bold-Cat-1", "größe", "it's 50%")
STRINGS = (*VALUES, "alice", "ALICE", "o'brien", "FINISHED", "finished", "file:///tmp/1/größe%20x")
SETS = (*VALUES, "train", "Train", "d1-1", "D1-4", "training", "eval", "größe%")
LIKELY = (*PATTERNS, "bold%", "%cat%", "FIN%", "file:%", "tr%", "d1_%", "%E", "alice")
BY_MLFLOW = st.one_of(
    condition_of(METRIC, ORDERED, st.sampled_from(NUMBERS)),
    condition_of(st.one_of(PARAM, TAG), EQUAL, literals(VALUES)),
    condition_of(st.one_of(PARAM, TAG), LIKE, literals(PATTERNS)),
    condition_of(st.one_of(PARAM, TAG), NULL),
    condition_of(TIME, ORDERED, st.sampled_from(TIMES)),
    condition_of(RUN_NAME, EQUAL, literals(NAMES)),
    condition_of(STRING, EQUAL, literals(STRINGS)),
    condition_of(DATASET, EQUAL, literals(SETS)),
    condition_of(st.one_of(RUN_NAME, STRING, DATASET), LIKE, literals(LIKELY)),
    condition_of(DATASET, LISTED, lists(literals(SETS))),
    condition_of(st.just("run_id"), LISTED, lists(literals(("<0>", "<1>", "<2>", "x", "A'b")))),
)


def with_ids(text: str, runs: Any) -> str:
    """The text with ids of runs in it."""
    ids = sorted(run.info.run_id for run in runs.all)
    return text.replace("<0>", ids[0]).replace("<1>", ids[1]).replace("<2>", ids[2].upper())


def answer(runs: Any, text: str) -> set[str]:
    expression = parsed(text)
    found: set[str] = runs.by_condition(condition(expression, runs.kind, NOW))
    return found


@SOME
@given(parts=st.lists(BY_MLFLOW, min_size=1, max_size=3), conjunction=words(" AND "))
@example(parts=["metrics.loss != 0"], conjunction=" AND ")
@example(parts=["metrics.loss = 0"], conjunction=" AND ")
@example(parts=["params.OPT IS NULL"], conjunction=" AND ")
@example(parts=["tags.`50%` IS NOT NULL"], conjunction=" AND ")
@example(parts=["params.opt LIKE 'A%'"], conjunction=" AND ")
@example(parts=["params.opt = 'adam'", "tags.opt != 'adam'"], conjunction=" and ")
@example(parts=["metric.LOSS = 0", "param.x LIKE '%\\'"], conjunction=" AND ")
def test_mlflow_finds_the_same_runs(odd_runs: Any, parts: list[str], conjunction: str) -> None:
    text = with_ids(conjunction.join(parts), odd_runs)
    note(text)
    try:
        expected = odd_runs.by_mlflow(text)
    except (MlflowException, SQLAlchemyError, OverflowError):
        # Of what its database cannot be asked, MLflow tells 500. Here it is answered or told.
        told_or_answered(odd_runs, text)
        return
    if odd_runs.kind == "postgresql" and has_a_pattern_that_ends_in_an_escape(text):
        # PostgreSQL answers by an error once a row reaches such a pattern, so MLflow's answer
        # depends on the rows. Ours never does.
        with pytest.raises(FilterError, match="backslash"):
            answer(odd_runs, text)
        return
    assert answer(odd_runs, text) == expected


def has_a_pattern_that_ends_in_an_escape(text: str) -> bool:
    return (
        re.search(r"""(?i)\bi?like\s+(?P<quote>['"])[^'"]*(?<!\\)(\\\\)*\\(?P=quote)""", text)
        is not None
    )


def told_or_answered(runs: Any, text: str) -> None:
    try:
        answer(runs, text)
    except FilterError:
        return


def test_hypothesis_makes_filters_that_mlflow_accepts(odd_runs: Any) -> None:
    refused = 0

    @settings(max_examples=100, deadline=None, database=None)
    @given(BY_MLFLOW)
    def count(text: str) -> None:
        nonlocal refused
        try:
            odd_runs.by_mlflow(with_ids(text, odd_runs))
        except Exception:
            refused += 1

    count()
    assert refused <= 30


# What a plain Python knows of a run.
PLAIN_METRICS = ("😀", "loss", "val/loss", "a b", "größe", "it's")
PLAIN_TEXTS = ("opt", "val-set", "a b", "it's")
ASCII_PATTERNS = ("%", "a%", "A%", "%m", "_dam", "a_b", "a*b", "a?b", "[ab]", "[a%", "50%", "")
EXPRESSIONS = ("^a", "m$", "(?i)adam", "a.b", "^$", "[A-Z]+", "w|5", "\\d", "a b", "gr.ße", "ö")
PLAIN_NUMBERS = ("0", "0.1", "-0.1", "1", "12", "1e20", "1e999", "-1e999", LARGEST)
MOMENTS = (
    *("'2026-09-21'", "'2026-09-20 12:00'", "'2026-09-20T12:00+02:00'", "'2026-09-19T00:00:00Z'"),
    *(str(NOW - 5 * HOUR), "99999999999999999999", "-1e30", "'9999-12-31'"),
)
DURATIONS = ("'1h'", "'30m'", "'1d12h'", "90000", "'2w'", "'-1s'", "0", "1e300", "'35m'")
# A backslash before the quote does not end a text, if another quote follows somewhere.
PLAIN_VALUES = tuple(value for value in VALUES if value != "\\" and "\0" not in value)
# Lists of datasets are read as Python reads them.
PLAIN_SETS = tuple(value for value in SETS if not set(value) & set("\\\n\0"))
PLAIN = st.one_of(
    condition_of(spelled(("metrics",), PLAIN_METRICS), ORDERED, st.sampled_from(PLAIN_NUMBERS)),
    condition_of(
        spelled(("metrics",), PLAIN_METRICS), LISTED, lists(st.sampled_from(PLAIN_NUMBERS))
    ),
    condition_of(
        spelled(("metrics",), PLAIN_METRICS),
        st.tuples(st.sampled_from(PLAIN_NUMBERS), st.sampled_from(PLAIN_NUMBERS)).map(
            lambda ends: f"BETWEEN {ends[0]} AND {ends[1]}"
        ),
    ),
    condition_of(spelled(("metrics", "params", "tags"), ("val/loss", "a b", "it's", "none")), NULL),
    condition_of(spelled(("params", "tags"), PLAIN_TEXTS), EQUAL, literals(PLAIN_VALUES)),
    condition_of(spelled(("params", "tags"), PLAIN_TEXTS), LISTED, lists(literals(PLAIN_VALUES))),
    condition_of(spelled(("params", "tags"), ("opt", "a b")), LIKE, literals(ASCII_PATTERNS)),
    condition_of(
        spelled(("params", "tags"), ("opt", "a b", "it's")), words("RLIKE"), literals(EXPRESSIONS)
    ),
    condition_of(words("start_time", "end_time").map(str.lower), ORDERED, st.sampled_from(MOMENTS)),
    condition_of(st.just("end_time"), LISTED, lists(st.sampled_from(MOMENTS))),
    condition_of(st.sampled_from(("end_time", "start_time", "duration", "user_id")), NULL),
    condition_of(st.sampled_from(("run_name", "parent_run_id", "experiment_name")), NULL),
    condition_of(st.just("duration"), ORDERED, st.sampled_from(DURATIONS)),
    condition_of(st.just("duration"), LISTED, lists(st.sampled_from(DURATIONS))),
    condition_of(st.just("user_id"), LISTED, lists(literals(("alice", "ALICE", "o'brien")))),
    condition_of(st.just("status"), words("RLIKE"), literals(("^F", "ED$", "x"))),
    condition_of(st.just("lifecycle_stage"), EQUAL, literals(("active", "deleted", "Active"))),
    condition_of(st.just("parent_run_id"), EQUAL, literals(("parent's", "x"))),
    condition_of(st.just("experiment_name"), EQUAL, literals(("größe 50%", "Größe 50%"))),
    condition_of(st.just("experiment_id"), LISTED, lists(st.sampled_from(("'1'", "2", "9" * 20)))),
    condition_of(spelled(("dataset",), ("name", "digest", "context")), NULL),
    condition_of(spelled(("dataset",), ("name",)), LISTED, lists(literals(PLAIN_SETS))),
)


def combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(parts, words(" OR ", " AND "), parts).map("".join),
        parts.map(lambda text: f"NOT ({text})"),
        parts.map(lambda text: f"({text})"),
    )


TREES = st.recursive(st.one_of(PLAIN, PLAIN.map("NOT {}".format)), combined, max_leaves=6)


@SOME
@given(text=TREES)
@example(text="NOT params.opt = 'adam'")
@example(text="NOT end_time > 0")
@example(text="NOT metrics.loss > 0 OR metrics.loss NOT IN (0)")
@example(text="NOT (duration > '1h' OR user_id != 'alice') AND NOT tags.`50%` LIKE '%'")
@example(text="params.opt LIKE 'A%' AND NOT params.opt ILIKE 'x'")
def test_or_not_and_parentheses_are_as_a_plain_python_has_them(odd_runs: Any, text: str) -> None:
    note(text)
    expression = parsed(text)
    expected = {run.info.run_id for run in odd_runs.all if holds(expression, run)}
    assert answer(odd_runs, text) == expected


@pytest.mark.parametrize("pragma", ["true", "false"])
def test_like_knows_upper_from_lower_case_on_every_connection(odd_runs: Any, pragma: str) -> None:
    where = condition(parsed("params.opt LIKE '%adam%'"), odd_runs.kind, NOW)
    with odd_runs.store.engine.connect() as connection:
        if odd_runs.kind == "sqlite":
            connection.exec_driver_sql(f"PRAGMA case_sensitive_like = {pragma}")
        found = set(connection.scalars(select(SqlRun.run_uuid).where(where)))
    expected = {run.info.run_id for run in odd_runs.all if "adam" in run.data.params.get("opt", "")}
    assert found == expected != set()


@pytest.mark.parametrize("text", ["params.`a\0b` = 'x'", "params.val-set = 'a\0b'"])
def test_a_nul_is_found_or_told(odd_runs: Any, text: str) -> None:
    if odd_runs.kind == "postgresql":
        with pytest.raises(FilterError, match="NUL") as refused:
            answer(odd_runs, f"metrics.loss > 0 OR {text}")
        assert refused.value.position == 20
    else:
        expected = {
            run.info.run_id for run in odd_runs.all if run.data.params.get("val-set") == "a\0b"
        }
        assert answer(odd_runs, text) == (expected if "val-set" in text else set())


@pytest.mark.parametrize("pattern", ["x\\", "\\\\\\", "\\"])
def test_a_pattern_that_ends_in_a_backslash_is_answered_or_told(
    odd_runs: Any, pattern: str
) -> None:
    if odd_runs.kind == "postgresql":
        with pytest.raises(FilterError, match="backslash"):
            answer(odd_runs, f"params.opt LIKE '{pattern}'")
    else:
        answer(odd_runs, f"params.opt LIKE '{pattern}'")


def test_a_statement_may_join_what_the_filter_compares(odd_runs: Any) -> None:
    where = condition(parsed("tags.opt = 'adam'"), odd_runs.kind, NOW)
    joined = select(SqlRun.run_uuid).join(SqlTag).where(SqlTag.key == "it's", where)
    with odd_runs.store.engine.connect() as connection:
        found = set(connection.scalars(joined))
    assert found == {
        run.info.run_id
        for run in odd_runs.all
        if run.data.tags.get("opt") == "adam" and "it's" in run.data.tags
    }


def test_sixty_conditions_are_one_statement_on_every_database(odd_runs: Any) -> None:
    two = "(params.opt IS NOT NULL AND NOT dataset.context = 'eval')"
    once = answer(odd_runs, two)
    assert answer(odd_runs, " OR ".join([two] * 30)) == once != set()
    assert answer(odd_runs, " AND ".join(["metrics.loss IS NULL"] * 60))


def test_a_list_of_1700_ids_finds_those_that_are_there(odd_runs: Any) -> None:
    ids = [run.info.run_id for run in odd_runs.all[:3]]
    listed = ", ".join(f"'{one}'" for one in [*ids, *(f"{number:032x}" for number in range(1_700))])
    assert answer(odd_runs, f"run_id IN ({listed})") == set(ids)


def parsed(text: str) -> Expression:
    found = parse(text)
    assert found is not None
    return found


def holds(expression: Expression, run: Any) -> bool:
    match expression:
        case And(parts):
            return all(holds(part, run) for part in parts)
        case Or(parts):
            return any(holds(part, run) for part in parts)
        case Not(part):
            return not holds(part, run)
        case Comparison():
            return holds_one(expression, values_of(expression, run))


def values_of(comparison: Comparison, run: Any) -> list[Any]:
    """What the run has by this name: none, one, or several datasets'."""
    key, info = comparison.name.key, run.info
    match comparison.name.kind:
        case "metrics":
            return [run.data.metrics[key]] if key in run.data.metrics else []
        case "params":
            return [run.data.params[key]] if key in run.data.params else []
        case "tags":
            return [run.data.tags[key]] if key in run.data.tags else []
        case "datasets" if key == "context":
            inputs = run.inputs.dataset_inputs
            return [tag.value for one in inputs for tag in one.tags]
        case "datasets":
            return [getattr(one.dataset, key) for one in run.inputs.dataset_inputs]
    found = {
        "run_name": run.data.tags.get("mlflow.runName"),
        "parent_run_id": run.data.tags.get("mlflow.parentRunId"),
        "experiment_name": "größe 50%",
        "experiment_id": int(info.experiment_id),
        "start_time": info.start_time,
        "end_time": info.end_time,
        "user_id": info.user_id,
        "status": info.status,
        "lifecycle_stage": info.lifecycle_stage,
        "duration": None,
    }
    if key == "duration" and info.start_time is not None:
        found[key] = (NOW if info.end_time is None else info.end_time) - info.start_time
    return [] if found[key] is None else [found[key]]


def holds_one(comparison: Comparison, values: list[Any]) -> bool:
    wanted: Any = comparison.value
    match comparison.comparator:
        case "IS NULL":
            return not values
        case "IS NOT NULL":
            return bool(values)
        case "BETWEEN":
            return any(wanted[0] <= value <= wanted[1] for value in values)
        case "IN":
            return any(value in wanted for value in values)
        case "NOT IN":
            return any(value not in wanted for value in values)
        case "LIKE":
            return any(value is not None and like(value, wanted) for value in values)
        case "ILIKE":
            return any(
                value is not None and like(value.lower(), wanted.lower()) for value in values
            )
        case "RLIKE":
            return any(value is not None and re.search(wanted, value) for value in values)
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b,
        "!=": lambda a, b: a is not None and a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    return any(compare[comparison.comparator](value, wanted) for value in values)


def like(value: str, pattern: str) -> bool:
    signs = {"%": ".*", "_": "."}
    expression = "".join(signs.get(sign, re.escape(sign)) for sign in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None
