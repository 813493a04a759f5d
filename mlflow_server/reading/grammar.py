"""The language of filters over runs: MLflow's own, with OR, NOT and parentheses.

    metrics.loss < 0.1 AND (params.opt = 'adam' OR NOT tags.`my tag` LIKE 'draft%')

What MLflow's search of runs accepts means the same here, quirk by quirk: one pair of quotes is
taken off a text and nothing inside is unescaped (a backslash before a quote has it belong to the
text, if another quote follows), lists of run ids and of datasets are Python literals, keywords have
any case and names their own. Beside that:

    AND binds tighter than OR, NOT tighter than AND; parentheses as usual
    IN, NOT IN                     everything: metrics.epochs IN (1, 2)
    LIKE, ILIKE, RLIKE             everything that is text; RLIKE takes what RE2 reads
    IS NULL, IS NOT NULL           everything; a metric that is NaN is there
    BETWEEN 1 AND 2                numbers, times, durations; both ends belong to it
    start_time > '2026-11-01'      ISO 8601, UTC without a zone; a date is its midnight
    duration > '1d12h'             w, d, h, m, s, ms; of a run that goes on, until now
    metrics.train/loss             /, - and : need no quotes in a name

A condition on what a run has not is false, IS NULL aside; NOT is the plain opposite of what is in
it, so `NOT params.opt = 'adam'` finds runs without the parameter, and `params.opt != 'adam'` does
not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from copy import copy
from functools import lru_cache
from itertools import islice
from typing import Any

import re2
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args
from lark.parsers.lalr_interactive_parser import InteractiveParser

from mlflow_server.reading import mlflow_filters
from mlflow_server.reading.errors import FilterError
from mlflow_server.reading.expression import (
    A_COMPARISON,
    LONGEST_PATTERN,
    PATTERNS,
    VALUES,
    And,
    Comparison,
    Expression,
    Name,
    Not,
    Or,
    Scalar,
    Type,
    check_comparator,
    comparators,
    comparisons,
    mistake,
    read_name,
)
from mlflow_server.reading.moments import read_duration, read_time

LONGEST_FILTER = 64 * 1024
# SQLite joins 64 tables at most, and MLflow makes one of each condition.
MOST_CONDITIONS = 60
DEEPEST = 50

# The texts end where sqlparse ends them, by its own expressions. Lark takes \\" for a mere quote:
# it is [\\]" here.
_GRAMMAR = r"""
    ?start: either
    either: all (_OR all)*
    all: single (_AND single)*
    ?single: NOT single -> opposite
        | _LEFT either _RIGHT
        | condition
    ?condition: name COMPARATOR value -> compare
        | name IN _LEFT values _RIGHT -> compare_with_list
        | name NOT IN _LEFT values _RIGHT -> exclude_list
        | name BETWEEN value _AND value -> enclose
        | name IS NULL -> miss
        | name IS NOT NULL -> have
    name: NAME | DOUBLE
    values: value (_COMMA value)* _COMMA?
    value: NUMBER | SINGLE | DOUBLE

    _AND.2: /AND\b/i
    _OR.2: /OR\b/i
    NOT.2: /NOT\b/i
    IN.2: /IN\b/i
    IS.2: /IS\b/i
    NULL.2: /NULL\b/i
    BETWEEN.2: /BETWEEN\b/i
    COMPARATOR.2: /[<>=~!]+|(?:LIKE|ILIKE|RLIKE)\b/i
    NUMBER.2: /-?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?(?![\w.])/i
    SINGLE.2: /'(?:''|[\\]'|[^'])*'/
    DOUBLE.2: /"(?:""|[\\]"|[^"])*"/
    NAME: /(?:`(?:``|[^`])*`|[^\W\d][\w$#:\/-]*)/ (/\./ _PART)*
    _PART: /`(?:``|[^`])*`/ | /'(?:''|[\\]'|[^'])*'/ | /"(?:""|[\\]"|[^"])*"/ | /[\w$#:\/-]+/
    _LEFT: "("
    _RIGHT: ")"
    _COMMA: ","
    %ignore /\s+/
"""


def parse(text: str) -> Expression | None:
    """The tree of a filter; None if it is empty.

    Raises FilterError with the position of the first mistake.
    """
    _check_size(text)
    if not text.strip():
        return None
    expression = _parse_as_either(text)
    for extra in islice(comparisons(expression), MOST_CONDITIONS, None):
        raise mistake(
            extra.name.position,
            str(extra.name),
            f"at most {MOST_CONDITIONS} conditions",
            "The filter has too many conditions",
        )
    return expression


def _parse_as_either(text: str) -> Expression | None:
    try:
        return _parse(text)
    except FilterError:
        # MLflow's parser lets through what no grammar would: a doubled AND, or none.
        plain = mlflow_filters.parse(text)
        if plain is None:
            raise
        return And(plain) if plain else None


def _check_size(text: str) -> None:
    if len(text) > LONGEST_FILTER:
        raise mistake(
            LONGEST_FILTER,
            f"{len(text):,} characters",
            f"at most {LONGEST_FILTER // 1024} KiB",
            "The filter is too long",
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        sentence = "There is half of a character, which no database takes"
        raise mistake(error.start, ascii(text[error.start]), "text", sentence) from None


class _Builder(Transformer[Token, Any]):
    """Makes the tree, from the leaves up, while the text is read."""

    @v_args(inline=True)
    def name(self, token: Token) -> Name:
        return read_name(str(token), _position(token))

    @v_args(inline=True)
    def value(self, token: Token) -> Token:
        return token

    def values(self, tokens: list[Token]) -> list[Token]:
        return tokens

    @v_args(inline=True)
    def compare(self, name: Name, sign: Token, value: Token) -> Comparison:
        comparator = sign.upper()
        check_comparator(name, comparator, _position(sign))
        if comparator in PATTERNS:
            _check_pattern(comparator, value)
        return Comparison(name, comparator, _read(name, value))

    @v_args(inline=True)
    def compare_with_list(self, name: Name, sign: Token, values: list[Token]) -> Comparison:
        return _compare_with_list(name, "IN", sign, values)

    @v_args(inline=True)
    def exclude_list(self, name: Name, sign: Token, _in: Token, values: list[Token]) -> Comparison:
        return _compare_with_list(name, "NOT IN", sign, values)

    @v_args(inline=True)
    def enclose(self, name: Name, sign: Token, lowest: Token, highest: Token) -> Comparison:
        check_comparator(name, "BETWEEN", _position(sign))
        return Comparison(name, "BETWEEN", (_read(name, lowest), _read(name, highest)))

    @v_args(inline=True)
    def miss(self, name: Name, *_: Token) -> Comparison:
        return Comparison(name, "IS NULL")

    @v_args(inline=True)
    def have(self, name: Name, *_: Token) -> Comparison:
        return Comparison(name, "IS NOT NULL")

    @v_args(inline=True)
    def opposite(self, _not: Token, part: Expression) -> Expression:
        return Not(part)

    def all(self, parts: list[Expression]) -> Expression:
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def either(self, parts: list[Expression]) -> Expression:
        return parts[0] if len(parts) == 1 else Or(tuple(parts))


_LARK = Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=_Builder())
_RE2 = re2.Options()
_RE2.log_errors = False


def _parse(text: str) -> Expression:
    parser = _LARK.parse_interactive(text)
    try:
        for token in _within_depth(parser.iter_parse()):
            del token
        tree: Expression = parser.feed_token(Token("$END", ""))
    except UnexpectedToken as error:
        ends = error.token.type == "$END"
        position = len(text) if ends else _position(error.token)
        raise _mistake(parser, position, "" if ends else str(error.token)) from None
    except UnexpectedCharacters as error:
        raise _unreadable(parser, text, error.pos_in_stream or 0) from None
    return tree


def _within_depth(tokens: Iterator[Token]) -> Iterator[Token]:
    """The tokens, until one of them opens too deep a parenthesis or NOT."""
    nots, outside, last = 0, list[int](), ""
    for token in tokens:
        # The NOT of NOT IN and of IS NOT NULL stand behind a name and behind IS.
        if token.type == "NOT" and last in ("", "_AND", "_OR", "_LEFT", "NOT"):
            nots += 1
        elif token.type == "_LEFT":
            outside.append(nots)
            nots = 0
        elif token.type == "_RIGHT" and outside:
            nots = outside.pop()
        elif token.type in ("_AND", "_OR"):
            nots = 0
        if nots + sum(outside) + len(outside) > DEEPEST:
            sentence = "Parentheses and NOTs are nested too deep"
            expected = f"at most {DEEPEST} levels"
            raise mistake(_position(token), str(token), expected, sentence)
        last = token.type
        yield token


def _mistake(parser: InteractiveParser, position: int, found: str) -> FilterError:
    """What is said of something that cannot stand there.

    Raises the FilterError of a mistake that stands before it.
    """
    possible: set[str] = parser.accepts()  # type: ignore[no-untyped-call]
    for end in ("$END", "_RIGHT"):
        if end in possible:
            # The condition before it is judged when what follows it is known.
            copy(parser).feed_token(Token(end, ""))
    return mistake(position, found, _expected(possible, parser.parser_state.value_stack))


def _expected(possible: set[str], before: list[Any]) -> str:
    """What may stand behind `before`, in words."""
    if "NAME" in possible:
        return A_COMPARISON
    if "COMPARATOR" in possible:
        return comparators(read_name(str(before[-1]), _position(before[-1])))
    if "SINGLE" in possible:
        name = next(item for item in reversed(before) if isinstance(item, Name))
        return VALUES[name.type]
    words = {
        "_LEFT": "a list in parentheses such as ('a', 'b')",
        "NULL": "NULL or NOT NULL" if "NOT" in possible else "NULL",
        "IN": "IN; every other NOT stands before the whole condition",
        "_COMMA": "a comma or )",
        "_RIGHT": "AND, OR or )",
        "$END": "AND, OR or the end",
        "_AND": "AND",
    }
    return next(said for terminal, said in words.items() if terminal in possible)


def _unreadable(parser: InteractiveParser, text: str, position: int) -> FilterError:
    """What is said of a sign that begins nothing: most often a quote without its partner."""
    # A point with a name before it.
    inside = text[position] == "." and re.fullmatch(r"[\w`'\"]", text[:position][-1:]) is not None
    quote = text[position + inside : position + inside + 1]
    if quote in ("'", '"', "`"):
        begins = position + inside
        return mistake(begins, text[begins:], f"a closing {quote}", "A quote is not closed")
    if inside:
        expected = "a name behind the point; one with other signs in backticks: metrics.`a b`"
        return mistake(position, text[position : position + 2], expected)
    word = re.match(r"\w+|.", text[position:], re.DOTALL)
    return _mistake(parser, position, word[0] if word else "")


def _compare_with_list(name: Name, comparator: str, sign: Token, values: list[Token]) -> Comparison:
    check_comparator(name, comparator, _position(sign))
    # MLflow has lists of these two and reads them as Python does.
    literal = name.kind == "datasets" or (name.kind, name.key) == ("attributes", "run_id")
    read = tuple(_read_literal(value) if literal else _read(name, value) for value in values)
    return Comparison(name, comparator, read)


def _read(name: Name, value: Token) -> Scalar:
    """The value, as the type of the name has it; raises FilterError for one of another type."""
    wrong = mistake(_position(value), str(value), VALUES[name.type])
    if value.type == "NUMBER":
        if name.type is Type.TEXT:
            raise wrong
        return _read_number(name, value)
    text = str(value[1:-1])
    try:
        match name.type:
            case Type.TEXT:
                return text
            case Type.TIME:
                return read_time(text)
            case Type.DURATION:
                return read_duration(text)
            case Type.ID:
                return _read_id(text)
            case _:
                raise wrong
    except (ValueError, OverflowError):
        raise wrong from None


def _read_number(name: Name, token: Token) -> int | float:
    """As MLflow: an integer where no point and no exponent is; metrics and durations are floats."""
    # Python reads no integer of thousands of digits, and no database has one.
    if name.type in (Type.TIME, Type.ID) and re.fullmatch(r"-?\d{1,30}", token):
        return int(token)
    if name.type is Type.ID:
        raise mistake(_position(token), str(token), VALUES[name.type])
    return float(token)


def _read_id(text: str) -> int:
    if not re.fullmatch(r"\d{1,30}", text):
        raise ValueError(text)
    return int(text)


def _read_literal(value: Token) -> str:
    """A text in quotes as Python reads it; raises FilterError for what Python does not."""
    expected = "a text in quotes such as 'adam', with each backslash doubled"
    wrong = mistake(_position(value), str(value), expected)
    if value.type == "NUMBER":
        raise wrong
    # Python warns of a backslash that means nothing, and keeps it.
    escaped = re.sub(
        r"\\(.)",
        lambda found: found[0] if found[1] in "\\'\"abfnrtvxNuU01234567" else "\\" + found[0],
        value,
        flags=re.DOTALL,
    )
    try:
        found = str(ast.literal_eval(escaped))
        # Half a character, which an escape can spell, has no UTF-8: no database takes it.
        found.encode()
    except (SyntaxError, ValueError):
        raise wrong from None
    return found


def _check_pattern(comparator: str, value: Token) -> None:
    if value.type == "NUMBER":
        return
    pattern = value[1:-1]
    if len(pattern) > LONGEST_PATTERN:
        expected = f"at most {LONGEST_PATTERN} characters"
        sentence = f"The pattern of {comparator} is too long"
        raise mistake(_position(value), str(value), expected, sentence)
    if comparator == "RLIKE" and (problem := _problem(pattern)):
        expected = "a pattern that RE2 reads, without back references and lookaround"
        sentence = f"RLIKE cannot use this pattern: {problem}"
        raise mistake(_position(value), str(value), expected, sentence)


@lru_cache(maxsize=256)
def _problem(pattern: str) -> str:
    """Why RE2 cannot read the pattern; empty if it can."""
    try:
        re2.compile(pattern, _RE2)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return ""


def _position(token: Token) -> int:
    return token.start_pos or 0
