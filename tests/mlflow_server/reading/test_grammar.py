"""What a filter over runs says, and where a mistake in it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchUtils

from mlflow_server.reading import grammar
from mlflow_server.reading.errors import FilterError, ReadingError
from mlflow_server.reading.expression import (
    And,
    Comparison,
    Expression,
    Name,
    Not,
    Or,
    comparisons,
    names,
    nearest,
)
from mlflow_server.reading.grammar import parse
from mlflow_server.reading.moments import read_duration, read_time
from processes import ROOT

# Words from which a filter may be put together, rightly or not.
WORDS = st.sampled_from(
    [
        *("metrics.loss", "metric.a", "params.opt", "parameter.`a b`", 'tags."it\'s"', "tag.x.y"),
        *("run_id", "attributes.status", "attr.start_time", "`run name`", '"Run name"', "Created"),
        *("dataset.name", "datasets.context", "`tags`.x", "tags.'a b'", "metrics.1a", "run.run_id"),
        *(
            "=",
            "!=",
            "<",
            ">=",
            "LIKE",
            "ilike",
            "RLIKE",
            "IN",
            "not in",
            "IS NULL",
            "is  not null",
        ),
        *("==", "<>", "BETWEEN", "NOT", "NOT LIKE"),
        *("AND", "and", "OR", "(", ")", ",", ";", "-", "--", "/* x */", "# x", "\n", "*"),
        *("1", "-0.5", ".5", "1.", "1e5", "1E-3", "1e+5", "0x1F", "1e999", "9" * 25, "1_0"),
        *(
            "'a'",
            '"b"',
            "'it''s'",
            "'it\\'s'",
            "'a\\'",
            '"a""b"',
            "`c`",
            "''",
            "'",
            '"',
            "`",
            "'%x_'",
        ),
        *("('a')", "('a', \"b\")", "('a' 'b')", "(('a','b'))", "('a\\n\\d',)", "(1, 2)", "()"),
        *('params.a = "x"', "tags.\"a b\" != 'y'", "metrics.`c d` > 1", "run_id IN ('a', \"b\")"),
        *("desc", "AS", "x", "😀", "\0", "null", "end", "case", "::", "[1]", ".", "u'a'"),
    ]
)
SOUP = st.lists(st.tuples(WORDS, st.sampled_from(["", " ", "  "])), max_size=12).map(
    lambda cut: "".join(word + gap for word, gap in cut)
)


def name_of(text: str) -> Name:
    (found,) = comparisons(parse(text))
    return found.name


def mistake_in(text: str) -> FilterError | None:
    try:
        parse(text)
    except FilterError as error:
        return error
    return None


def clauses(expression: Expression | None) -> list[tuple[str, str, str, Any]]:
    return [(c.name.kind, c.name.key, c.comparator, c.value) for c in comparisons(expression)]


def clauses_of_mlflow(text: str) -> list[tuple[str, str, str, Any]] | None:
    """What MLflow would search by; None for what it refuses, or fails at."""
    plurals = {"metric": "metrics", "parameter": "params", "tag": "tags", "dataset": "datasets"}
    found = []
    try:
        for clause in SearchUtils.parse_search_filter(text):
            kind, comparator, value = clause["type"], clause["comparator"].upper(), clause["value"]
            key = SearchUtils.translate_key_alias(clause["key"])
            checks = (SearchUtils.is_metric, SearchUtils.is_param, SearchUtils.is_tag)
            for check in (*checks, SearchUtils.is_dataset):
                check(kind, comparator)
            SearchUtils.is_attribute(kind, key, comparator)
            if isinstance(value, tuple) != (comparator in ("IN", "NOT IN")):
                return None
            value = float(value) if kind == "metric" else value
            found.append((plurals.get(kind, "attributes"), key, comparator, value))
    except (MlflowException, ValueError, TypeError):
        return None
    return found


@settings(max_examples=500, deadline=None)
@given(SOUP)
@example("metrics.loss < 1 metrics.a>2AND params.opt='x'params.opt=\"y\"")
@example("run_id IN (('a','b')) AND")
@example("metrics. a > 1")
@example('params."a" = "x" AND tags."b" = "y\\"" AND run_name LIKE "z"')
@example('params.opt = "a" "b"')
@example("AND")
@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
def test_what_mlflow_reads_is_read_as_the_same_and_the_rest_is_read_or_told(text: str) -> None:
    by_mlflow = clauses_of_mlflow(text)
    if by_mlflow is not None:
        assert clauses(parse(text)) == by_mlflow
        return
    error = mistake_in(text)
    if error is not None:
        assert 0 <= error.position <= len(text)
        assert error.expected
        assert (error.found == "the end") == (error.position == len(text))


@settings(max_examples=500, deadline=None)
@given(st.text())
@example("metrics.a > " + "9" * 5000)
@example("start_time > " + "9" * 5000)
@example("start_time > '0001-01-01T00:00+23:59'")
@example("duration > '" + "9" * 400 + "h'")
@example("experiment_id = '٣'")
@example("run_id IN ('\\N{nothing}')")
@example("run_id IN ('\0')")
def test_any_text_is_read_or_told(text: str) -> None:
    error = mistake_in(text)
    assert error is None or 0 <= error.position <= len(text)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "AND"])
def test_an_empty_filter_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("metric.loss = 1", "metrics", "loss"),
        ("metrics.loss = 1", "metrics", "loss"),
        ("metrics.val/loss = 1", "metrics", "val/loss"),
        ("metrics.train-loss = 1", "metrics", "train-loss"),
        ("metrics.`a b` = 1", "metrics", "a b"),
        ("metrics.😀 = 1".replace("😀", "`😀`"), "metrics", "😀"),
        ("param.x = ''", "params", "x"),
        ("params.x = ''", "params", "x"),
        ("parameter.x = ''", "params", "x"),
        ("parameters.x = ''", "params", "x"),
        ("params.\"it's\" = ''", "params", "it's"),
        ("params.'say \"x\"' = ''", "params", 'say "x"'),
        ("params.\"tick`tock\" = ''", "params", "tick`tock"),
        ("params.`50%` = ''", "params", "50%"),
        ("params.`a\0b` = ''", "params", "a\0b"),
        ("params.in = ''", "params", "in"),
        ("tag.mlflow.user = ''", "tags", "mlflow.user"),
        ("`tags`.`mlflow.user` = ''", "tags", "mlflow.user"),
        ("status = ''", "attributes", "status"),
        ("attr.status = ''", "attributes", "status"),
        ("attribute.status = ''", "attributes", "status"),
        ("attributes.`status` = ''", "attributes", "status"),
        ("run.status = ''", "attributes", "status"),
        ("`run name` = ''", "attributes", "run_name"),
        ("\"Run name\" = ''", "attributes", "run_name"),
        ("attributes.`Run Name` = ''", "attributes", "run_name"),
        ("Created > 1", "attributes", "start_time"),
        ("created > 1", "attributes", "start_time"),
        ("experiment_name = ''", "attributes", "experiment_name"),
        ("dataset.name = ''", "datasets", "name"),
        ("datasets.context = ''", "datasets", "context"),
    ],
)
def test_a_name_has_a_kind_and_a_key(text: str, kind: str, key: str) -> None:
    assert (name_of(text).kind, name_of(text).key) == (kind, key)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("metrics.a = 1", 1.0),
        ("metrics.a = -.5", -0.5),
        ("metrics.a = 1e+16", 1e16),
        ("metrics.a IN (1, 2,)", (1.0, 2.0)),
        ("metrics.a BETWEEN -1 AND 1", (-1.0, 1.0)),
        ("params.a = 'it''s'", "it''s"),
        ('params.a = "50%"', "50%"),
        ("params.a IN ('C:\\new')", ("C:\\new",)),
        ("run_id IN ('C:\\new')", ("C:\new",)),
        ("start_time > 5", 5),
        ("start_time > 5.5", 5.5),
        ("start_time > '1970-01-01'", 0),
        ("start_time > '1970-01-02 01:00'", 90_000_000),
        ("start_time > '1970-01-01T00:00:00.5Z'", 500),
        ("start_time > '1970-01-01T02:00+02:00'", 0),
        ("end_time BETWEEN '1969-12-31' AND 7", (-86_400_000, 7)),
        ("duration > 90", 90.0),
        ("duration > '90s'", 90_000.0),
        ("duration > '1d12h'", 129_600_000.0),
        ("duration > '1.5h 3ms'", 5_400_003.0),
        ("experiment_id IN (1, '2')", (1, 2)),
        ("params.a is not null", None),
    ],
)
def test_a_value_is_what_its_name_has(text: str, value: object) -> None:
    (found,) = comparisons(parse(text))
    assert found.value == value
    assert type(found.value) is type(value)


def test_and_binds_tighter_than_or_and_not_tighter_than_and() -> None:
    a, b, c = (Comparison(Name("metrics", key), ">", 1.0) for key in "abc")
    texts = {key: f"metrics.{key} > 1" for key in "abc"}
    assert parse("{a} OR {b} AND {c}".format(**texts)) == Or((a, And((b, c))))
    assert parse("({a} OR {b}) and {c}".format(**texts)) == And((Or((a, b)), c))
    assert parse("not {a} And {b}".format(**texts)) == And((Not(a), b))
    assert parse("NOT ({a} and {b})".format(**texts)) == Not(And((a, b)))
    assert parse("NOT NOT {a}".format(**texts)) == Not(Not(a))


def test_the_and_of_between_is_no_other() -> None:
    found = parse("metrics.a BETWEEN 1 AND 2 AND metrics.b = 3 OR params.c IS NULL")
    assert isinstance(found, Or)
    assert [one.comparator for one in comparisons(found)] == ["BETWEEN", "=", "IS NULL"]


def test_the_names_of_a_filter_are_those_it_compares() -> None:
    found = names(parse("metrics.a > 1 OR NOT (params.b = 'x' AND created > 5)"))
    assert found == {("metrics", "a"), ("params", "b"), ("attributes", "start_time")}
    assert names(None) == set()


def test_the_nearest_name_is_the_one_that_was_meant() -> None:
    assert nearest("acuracy", ["loss", "accuracy"]) == "accuracy"
    assert nearest("LOSS", ["loss_2", "loss"]) == "loss"
    assert nearest("xyz", ["loss", "accuracy"]) is None


COMPARISON = "a comparison such as metrics.loss < 0.1"
OF_NUMBERS = "=, !=, <, <=, >, >=, BETWEEN, IN, NOT IN, IS NULL or IS NOT NULL"
OF_TEXTS = "=, !=, LIKE, ILIKE, RLIKE, IN, NOT IN, IS NULL or IS NOT NULL"
NUMBER = "a number such as 0.1"
TEXT = "a text in quotes such as 'adam'"
TIME = "a time such as '2026-11-01'"
DURATION = "a duration such as '2h'"


@pytest.mark.parametrize(
    ("text", "position", "found", "expected"),
    [
        # What may stand where.
        ("OR metrics.a > 1", 0, "OR", COMPARISON),
        ("metrics.a > 1 OR", 16, "the end", COMPARISON),
        ("metrics.a > 1 AND OR params.b = 'x'", 18, "OR", COMPARISON),
        ("NOT", 3, "the end", COMPARISON),
        ("metrics.a > 1 OR ()", 18, ")", COMPARISON),
        ("metrics.a > 1 foo", 14, "foo", "AND, OR or the end"),
        ("metrics.a > 1 OR metrics.b > 2 metrics.c > 3", 31, "metrics.c", "AND, OR or the end"),
        ("metrics.a > 1)", 13, ")", "AND, OR or the end"),
        ("metrics.a > 1; DROP TABLE runs", 13, ";", "AND, OR or the end"),
        ("metrics.a > 1 -- more", 14, "-", "AND, OR or the end"),
        ("(metrics.a > 1", 14, "the end", "AND, OR or )"),
        ("(metrics.a > 1 foo)", 15, "foo", "AND, OR or )"),
        ("metrics.a", 9, "the end", OF_NUMBERS),
        ("metrics.a 5", 10, "5", OF_NUMBERS),
        ("params.a 'x'", 9, "'x'", OF_TEXTS),
        ("metrics.a >", 11, "the end", NUMBER),
        ("metrics.a > metrics.b", 12, "metrics.b", NUMBER),
        ("params.a = x", 11, "x", TEXT),
        ("params.a = `x`", 11, "`x`", TEXT),
        ("metrics.a IN 1", 13, "1", "a list in parentheses"),
        ("metrics.a IN (1 2)", 16, "2", "a comma or )"),
        ("metrics.a IN (1, 2", 18, "the end", "a comma or )"),
        ("params.a IN ()", 13, ")", TEXT),
        ("metrics.a IS 5", 13, "5", "NULL or NOT NULL"),
        ("metrics.a IS NOT", 16, "the end", "NULL"),
        ("params.a NOT LIKE 'x'", 13, "LIKE", "IN"),
        ("metrics.a BETWEEN 1 OR 2", 20, "OR", "AND"),
        ("metrics.a BETWEEN 1 AND", 23, "the end", NUMBER),
        # Names.
        ("metrix.loss < 1", 0, "metrix.loss", COMPARISON),
        ("metrics.a > 1 AND METRICS.b > 1", 18, "METRICS.b", COMPARISON),
        ("stats = 'x'", 0, "stats", "status"),
        ("loss < 0.1", 0, "loss", "metrics.loss"),
        ("dataset.nam = 'x'", 0, "dataset.nam", "dataset.name, dataset.digest"),
        ("metrics.@x > 1", 7, ".@", "a name behind the point"),
        ("params.😀 = 'x'", 6, ".😀", "a name behind the point"),
        # What a kind has not.
        ("params.a > '1'", 9, ">", OF_TEXTS),
        ("status < 'x'", 7, "<", OF_TEXTS),
        ("dataset.name BETWEEN 'a' AND 'b'", 13, "BETWEEN", OF_TEXTS),
        ("metrics.a LIKE 'x%'", 10, "LIKE", OF_NUMBERS),
        ("metrics.a == 1", 10, "==", OF_NUMBERS),
        ("start_time like '2026%'", 11, "LIKE", OF_NUMBERS),
        ("experiment_id > 5", 14, ">", "=, !=, IN, NOT IN, IS NULL or IS NOT NULL"),
        ("params.a > '1' foo", 9, ">", OF_TEXTS),
        # Values of another type.
        ("metrics.a = '0.5'", 12, "'0.5'", NUMBER),
        ("metrics.a IN (1, 'x')", 17, "'x'", NUMBER),
        ("metrics.a > 1AND metrics.b > 2", 12, "1AND", NUMBER),
        ("metrics.a > 0x1F", 12, "0x1F", NUMBER),
        ("params.a = 1", 11, "1", TEXT),
        ("run_id IN ('a', 1)", 16, "1", TEXT),
        ("dataset.name IN ('\\')", 17, "'\\'", "each backslash doubled"),
        ("start_time > '2026-13-01'", 13, "'2026-13-01'", TIME),
        ("start_time > 'yesterday'", 13, "'yesterday'", TIME),
        ("duration > '90'", 11, "'90'", DURATION),
        ("duration > '2 fortnights'", 11, "'2 fortnights'", DURATION),
        ("experiment_id = 'x'", 16, "'x'", "the id of an experiment"),
        ("experiment_id = 1.5", 16, "1.5", "the id of an experiment"),
        # Quotes and signs.
        ("params.a = 'x", 11, "'x", "a closing '"),
        ('params.a = "x', 11, '"x', 'a closing "'),
        ("params.`a = 'x'", 7, "`a = 'x'", "a closing `"),
        ("params.a = «x»", 11, "«", TEXT),
        ("params.a = 'x\ud800'", 13, "'\\ud800'", "text"),
        # Patterns.
        (r"params.a RLIKE '(a)\1'", 15, r"'(a)\1'", "a pattern that RE2 reads"),
        ("params.a RLIKE '('", 15, "'('", "a pattern that RE2 reads"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    text: str, position: int, found: str, expected: str
) -> None:
    with pytest.raises(FilterError) as refused:
        parse(text)
    error = refused.value
    assert (error.position, error.found) == (position, found)
    assert expected in error.expected
    assert f"(position {position})" in error.message
    assert (error.status, error.reason) == (400, "filter")


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("stat = 'x'", "status"),
        ("Status = 'x'", "status"),
        ("attributes.runname = 'x'", "run_name"),
        ("metrix.loss < 1", "metrics"),
        ("parms.a = 'x'", "params"),
        ("dataset.nam = 'x'", "name"),
        ("zzz = 'x'", None),
    ],
)
def test_the_name_that_was_probably_meant_is_told(text: str, near: str | None) -> None:
    with pytest.raises(FilterError) as refused:
        parse(text)
    assert refused.value.near == near
    assert refused.value.facts.get("near") == near
    assert (f"Did you mean {near!r}?" in refused.value.message) == (near is not None)


def test_a_mistake_is_a_value_error_and_an_answer_of_the_reading_room() -> None:
    with pytest.raises(ValueError, match="Expected") as refused:
        parse("x")
    assert isinstance(refused.value, ReadingError)
    assert set(refused.value.facts) == {"position", "found", "expected"}


@pytest.mark.parametrize(
    ("opened", "closed"), [("(", ")"), ("NOT ", ""), ("NOT (", ")"), ("(NOT ", ")")]
)
def test_fifty_levels_are_deep_enough(opened: str, closed: str) -> None:
    levels = 50 // (opened.count("(") + opened.count("NOT"))
    assert parse(opened * levels + "metrics.a > 1" + closed * levels) is not None
    deeper = levels + 1
    with pytest.raises(FilterError, match="50 levels") as refused:
        parse(opened * deeper + "metrics.a > 1" + closed * deeper)
    assert refused.value.position < len(opened) * deeper


def test_levels_beside_one_another_are_not_deep() -> None:
    assert parse(" OR ".join(["NOT (metrics.a > 1)"] * 60)) is not None


def test_ten_thousand_parentheses_are_told_like_fifty_one() -> None:
    with pytest.raises(FilterError, match="50 levels") as refused:
        parse("(" * 10_000)
    assert refused.value.position == 50


def test_a_filter_has_sixty_conditions() -> None:
    many = " OR ".join(f"metrics.a{number} > 1" for number in range(61))
    assert parse(many[: many.rindex(" OR")]) is not None
    with pytest.raises(FilterError, match="too many conditions") as refused:
        parse(many)
    assert refused.value.position == many.index("metrics.a60")


def test_a_filter_has_64_kib() -> None:
    with pytest.raises(FilterError, match="too long") as refused:
        parse("metrics.a > 1" + " " * 65_536)
    assert refused.value.position == 65_536
    ids = ", ".join(f"'{number:032x}'" for number in range(1_700))
    assert parse(f"run_id IN ({ids})") is not None


@pytest.mark.parametrize("comparator", ["LIKE", "ILIKE", "RLIKE"])
def test_a_pattern_has_500_characters(comparator: str) -> None:
    assert parse(f"params.a {comparator} '{'x' * 500}'") is not None
    with pytest.raises(FilterError, match="too long") as refused:
        parse(f"params.a {comparator} '{'x' * 501}'")
    assert refused.value.position == len(f"params.a {comparator} ")


@given(st.datetimes())
def test_every_moment_is_a_time(moment: Any) -> None:
    assert isinstance(read_time(moment.isoformat()), int)


@pytest.mark.parametrize("text", ["", "h", "2", "2x", "2h3", "-", "1e3s", "٣s", "2.h"])
def test_what_has_no_unit_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        read_duration(text)


def test_the_browser_cuts_a_filter_into_the_same_words() -> None:
    # frontend/test/run_filter.test.ts reads the same file.
    for text, words in json.loads((ROOT / "frontend/test/filter_words.json").read_text()):
        assert [str(token) for token in grammar._LARK.lex(text)] == words
