"""What this tab has read: kept until the question changes, or until the person reads it again.

A tick, an opened menu or another tab of a page reads nothing again. What is kept belongs to the
session that read it and is gone with it: never put it into a cache that people share.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TypeVar, cast

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from studio_app import session
from studio_app.artifacts.artifact_tree import Tree
from studio_app.artifacts.file_tail import Tail
from studio_app.runs.charts.history import Curves
from studio_app.runs.table import run_columns, run_list
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_groups import Groups
from studio_app.runs.table.run_list import Asked, Listing

NAME = "kept-readings"

# So many answers, and values in all of them together, are kept; the oldest go first. The values of
# a tab take some 100 MB at most: what its person looks at last is kept, however much it is.
_ANSWERS = 40
_VALUES = 1_000_000
# A document of MLflow's, such as a span, takes as much memory as so many values.
_OF_A_DOCUMENT = 100

T = TypeVar("T")


def read(
    question: Hashable,
    ask: Callable[[], T],
    *,
    keeps: Callable[[T], bool] = lambda _answer: True,
    height: int = 420,
) -> T:
    """The answer to a question of this session, asked if it was not asked yet.

    While it is asked a skeleton of this height (pixels) stands there. What cannot be answered, and
    what the answer `keeps` is false for, is asked again.
    """
    waiting = st.empty()
    place = session.token(), question
    if place in _answers():
        return cast("T", _answers()[place])
    with _skeleton(waiting, height):
        found = ask()
    if keeps(found):
        keep(question, found)
    return found


def get(question: Hashable, kind: type[T]) -> T | None:
    """The answer of this kind to a question, if it was read."""
    found = _answers().get((session.token(), question))
    return found if isinstance(found, kind) else None


def listing(question: Hashable) -> Listing | None:
    """The runs that were read for a question, if any were."""
    return get(question, Listing)


def runs(asked: Asked, columns: Sequence[str], limit: int, *, skeleton: bool = True) -> Listing:
    """The first `limit` runs of a question with these columns, read where they are not kept."""
    waiting = st.empty()
    so_far = listing(asked)
    wanted = list(columns)[: run_columns.MOST]
    # The browser sorts a whole table by itself, at once.
    whole = listing(asked.in_usual_order)
    for known in (so_far, whole if whole is not None and whole.whole else None):
        if known is not None and known.answers(wanted, limit):
            return known
    with _skeleton(waiting, 420) if skeleton else nullcontext():
        found = run_list.read(session.client(), asked, wanted, limit, so_far)
    keep(asked, found)
    return found


def keep(question: Hashable, answer: object) -> None:
    """Keeps an answer for this session, instead of an older one."""
    answers = _answers()
    answers.pop((session.token(), question), None)
    answers[session.token(), question] = answer
    values = sum(map(_values, answers.values()))
    for oldest in list(answers)[:-1]:
        if len(answers) <= _ANSWERS and values <= _VALUES:
            break
        values -= _values(answers.pop(oldest))


def drop(question: Hashable) -> None:
    """Has the answer to one question read again."""
    _answers().pop((session.token(), question), None)


def forget() -> None:
    """Has everything read again, for instance after a change."""
    st.session_state.pop(NAME, None)


@contextmanager
def _skeleton(place: DeltaGenerator, height: int) -> Iterator[None]:
    """Shows a skeleton in a place that is there, and as empty, without it too.

    Streamlit knows containers by their number on the page. Were there one more while something is
    read, the browser would make what follows anew: its scroll position, focus and open menus lost.
    """
    with place.container(), st.skeleton(height=height):
        yield
    place.empty()


def _answers() -> dict[tuple[str | None, Hashable], object]:
    found: dict[tuple[str | None, Hashable], object] = st.session_state.setdefault(NAME, {})
    return found


def _values(answer: object) -> int:
    if isinstance(answer, Listing):
        return int(answer.table.num_rows * answer.table.num_columns)
    if isinstance(answer, Groups):
        return int(answer.table.num_rows * answer.table.num_columns)
    if isinstance(answer, RunColumns):
        return len(answer.had) + sum(len(column.common) for column in answer.filterable)
    if isinstance(answer, Curves):
        return int(answer.points.num_rows * answer.points.num_columns)
    if isinstance(answer, Tree):
        return answer.files
    if isinstance(answer, Tail):
        return len(answer.content) // 8
    if isinstance(answer, bytes):
        return len(answer) // 8
    if isinstance(answer, list):
        # Of spans each has some ten fields, and what was asked and answered.
        return _OF_A_DOCUMENT * len(answer)
    return int(answer.size) if isinstance(answer, pd.DataFrame) else 1
