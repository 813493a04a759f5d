"""Judges the filters and orders of a search, in MLflow's filter language, by what they may cost.

MLflow parses a filter with sqlparse, in Python, at about 70 microseconds a token, and gives what is
in it to the database: each condition may become a join, a pattern may be compared with every letter
of every text. The limits here are above what MLflow's own clients and pages ask. Whatever is within
them and still takes too long is ended in the database (mlflow_server/deadlines.py).

RLIKE stays: its patterns are those that RE2 reads, on every kind of database. With back references
and lookaround no engine can say how long it will take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

import re2

from ..errors import BadRequest

# The reason that MLflow's process gives for a statement that it ended.
TOO_SLOW = "search_too_slow"
# 1,700 ids of runs in one list.
LONGEST_FILTER = 64 * 1024
# As sqlparse counts: each space is one. A list of 1,000 ids has 3,000.
MOST_TOKENS = 4000
# SQLite joins 64 tables at most, and each condition on a tag, a metric or a parameter is one.
MOST_CONDITIONS = 60
LONGEST_PATTERN = 500
MOST_ORDERS = 20
LONGEST_ORDER = 1000

# The texts and the words of a filter, cut as sqlparse does; the ends of texts as it finds them.
_TOKEN = re.compile(
    r"""(?P<text>'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*"|`[^`]*`)|(?P<word>\w+)|\s|[^\s\w]"""
)
_PATTERNS = ("LIKE", "ILIKE", "RLIKE")
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


def check(text: str) -> None:
    """Raise BadRequest for a filter that is too long, or has a pattern that may take for ever."""
    if len(text) > LONGEST_FILTER:
        raise _too_much(f"{LONGEST_FILTER // 1024} KiB")
    folded = text.upper()
    # What is short has few of everything.
    if (
        len(text) <= MOST_TOKENS
        and folded.count("AND") < MOST_CONDITIONS
        and "RLIKE" not in folded
        and (len(text) <= LONGEST_PATTERN or "LIKE" not in folded)
    ):
        return
    _check_tokens(text)


def check_size(text: str) -> None:
    """Raise BadRequest for a filter that is too long, or has too many words, whatever they say."""
    if len(text) > LONGEST_FILTER:
        raise _too_much(f"{LONGEST_FILTER // 1024} KiB")
    tokens = _TOKEN.finditer(text) if len(text) > MOST_TOKENS else iter(())
    if next(islice(tokens, MOST_TOKENS, None), None) is not None:
        raise _too_much(f"{MOST_TOKENS:,} words, signs and spaces")


def check_orders(clauses: Iterable[str]) -> None:
    """Raise BadRequest for an order by more than anybody can look at."""
    listed = list(clauses)
    if len(listed) > MOST_ORDERS or any(len(clause) > LONGEST_ORDER for clause in listed):
        raise BadRequest(
            f"Order by at most {MOST_ORDERS} things, each of {LONGEST_ORDER:,} characters at most.",
            reason="filter_too_large",
        )


def _check_tokens(text: str) -> None:
    conditions, before = 1, ""
    for tokens, found in enumerate(_TOKEN.finditer(text), start=1):
        # At once: cutting a filter of thousands of conditions takes 50 ms of the interpreter.
        if tokens > MOST_TOKENS:
            raise _too_much(f"{MOST_TOKENS:,} words, signs and spaces")
        literal = found["text"]
        if literal is not None:
            _check_literal(before, literal[1:-1])
            before = ""
        elif found["word"] is not None:
            before = found["word"].upper()
            conditions += before == "AND"
            if conditions > MOST_CONDITIONS:
                raise _too_much(f"{MOST_CONDITIONS} conditions")
        elif not found[0].isspace():
            before = ""


def _check_literal(comparator: str, value: str) -> None:
    """Look at a text that stands behind a word."""
    if comparator not in _PATTERNS:
        return
    if len(value) > LONGEST_PATTERN:
        raise BadRequest(
            f"A pattern of {comparator} has at most {LONGEST_PATTERN} characters here. Shorten it.",
            reason="pattern",
        )
    if comparator == "RLIKE" and (problem := _problem(value)):
        raise BadRequest(
            f"The pattern of RLIKE cannot be used: {problem}. Back references, lookaround and "
            "repetitions over 1,000 are not for a server that others use too: write the pattern "
            "without, as RE2 reads it, or use LIKE.",
            reason="pattern",
        )


@lru_cache(maxsize=256)
def _problem(pattern: str) -> str:
    """Why RE2 cannot read the pattern; empty if it can."""
    try:
        re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return ""


def _too_much(most: str) -> BadRequest:
    return BadRequest(
        f"A filter has at most {most} here. Ask for a part at a time.", reason="filter_too_large"
    )
