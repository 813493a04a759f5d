"""One page out of several lists: everything once, in one order, whatever changes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uac_api.proxy import listing
from uac_api.proxy.listing import Found, Key, Question, Stream, Unsettled


@dataclass
class Row:
    """A row as MLflow keeps it; `touched` is when it last changed."""

    identity: str
    moment: int
    touched: int


@dataclass
class Source:
    """MLflow in memory: lists by project, those of one moment in an order of its own."""

    bounded: bool = True
    most: int = 8
    rows: dict[str, list[Row]] = field(default_factory=dict)
    asked: list[tuple[str, Question]] = field(default_factory=list)
    between: Callable[[], None] = lambda: None

    def read(self, sources: Sequence[Stream]) -> None:
        for stream in sources:
            question = stream.question
            assert question.size <= self.most
            self.asked.append((stream.project, question))
            answer, more = self.answer(stream.project, question)
            stream.take(answer, more)
            self.between()

    def answer(self, project: str, question: Question) -> tuple[list[Found], bool]:
        def sort(row: Row) -> int:
            return row.moment if self.bounded else row.touched

        rows = sorted(self.rows[project], key=lambda row: row.identity, reverse=True)
        rows = sorted(rows, key=sort, reverse=True)
        if question.until is not None:
            assert self.bounded
            rows = [row for row in rows if row.moment <= question.until]
        end = question.skip + question.size
        found = [
            Found(row.identity, row.moment, sort(row), {"id": row.identity, "moment": row.moment})
            for row in rows[question.skip : end]
        ]
        return found, len(rows) > end

    def page(self, limit: int, after: Key | None = None) -> tuple[list[dict[str, Any]], Key | None]:
        streams = listing.streams(
            sorted(self.rows), limit, after, bounded=self.bounded, most=self.most
        )
        return listing.page(streams, limit, self.read)

    def pages(self, limit: int) -> Iterator[list[dict[str, Any]]]:
        after: Key | None = None
        while True:
            rows, after = self.page(limit, after)
            yield rows
            if after is None:
                return


def filled(moments: dict[str, list[int]], **more: Any) -> Source:
    """A source with a row for each moment; each project's rows are 0, 1, 2, ..."""
    rows = {
        project: [
            Row(f"{number:03}", moment, moment + number * 7 % 5)
            for number, moment in enumerate(every)
        ]
        for project, every in moments.items()
    }
    return Source(rows=rows, **more)


def keys(rows: Sequence[dict[str, Any]]) -> list[Key]:
    """The places of rows in the whole list."""
    return [(-row["moment"], row["project"], row["id"]) for row in rows]


MOMENTS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.lists(st.integers(-3, 12), max_size=25), min_size=1
)


@given(MOMENTS, st.integers(1, 9), st.booleans(), st.integers(2, 9))
def test_every_row_is_on_one_page_in_one_order(
    moments: dict[str, list[int]], limit: int, bounded: bool, most: int
) -> None:
    source = filled(moments, bounded=bounded, most=most)
    pages = list(source.pages(limit))
    found = keys([row for page in pages for row in page])
    assert found == sorted(found)
    assert len(found) == len(set(found)) == sum(len(every) for every in moments.values())
    assert all(len(page) == limit for page in pages[:-1])


@given(MOMENTS, st.integers(1, 6), st.booleans(), st.integers(2, 9), st.data())
def test_rows_that_stay_are_on_one_page_whatever_happens_between_pages(
    moments: dict[str, list[int]], limit: int, bounded: bool, most: int, data: st.DataObject
) -> None:
    source = filled(moments, bounded=bounded, most=most)
    stayed = {(project, row.identity) for project in source.rows for row in source.rows[project]}
    seen: list[Key] = []
    clock = 100
    for page in source.pages(limit):
        seen += keys(page)
        for change in data.draw(st.lists(st.sampled_from(["add", "old", "drop", "touch"]))):
            clock += 1
            project = data.draw(st.sampled_from(sorted(source.rows)))
            rows = source.rows[project]
            if change in ("add", "old"):
                moment = clock if change == "add" else data.draw(st.integers(-3, 12))
                rows.append(Row(f"n{clock}", moment, clock))
            elif rows:
                row = data.draw(st.sampled_from(rows))
                if change == "touch":
                    row.touched = clock
                else:
                    rows.remove(row)
                    stayed.discard((project, row.identity))
        if clock > 130:
            break
    else:
        assert stayed <= {(project, identity) for _, project, identity in seen}
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen))


def test_projects_are_asked_for_few_rows_and_only_those_that_run_out_again() -> None:
    even = filled({f"p{number:02}": list(range(number, 800, 20)) for number in range(20)}, most=99)
    rows, after = even.page(50)
    assert [row["moment"] for row in rows] == list(range(799, 749, -1))
    assert after == (-750, "p10", "037")
    assert [question.size for _, question in even.asked] == [9] * 20
    others = {f"p{number}": list(range(number, 600, 20)) for number in range(19)}
    hot = filled({"hot": list(range(1000, 1100)), **others}, most=99)
    hot.page(50)
    assert {project for project, _ in hot.asked[20:]} == {"hot"}


def test_a_page_of_one_project_is_one_question() -> None:
    source = filled({"a": list(range(100))}, most=99)
    _, after = source.page(50)
    source.page(50, after)
    assert source.asked == [("a", Question(None, 0, 52)), ("a", Question(50, 0, 52))]


@pytest.mark.parametrize("bounded", [True, False])
def test_more_rows_of_one_moment_than_mlflow_gives_at_once_are_complete(bounded: bool) -> None:
    source = filled({"a": [7] * 50, "b": [7] * 3}, bounded=bounded, most=8)
    found = [row["id"] for page in source.pages(6) for row in page if row["project"] == "a"]
    assert found == [f"{number:03}" for number in range(50)]


@pytest.mark.parametrize("bounded", [True, False])
def test_a_row_deleted_while_a_page_is_read_hides_no_other(bounded: bool) -> None:
    source = filled({"a": [7] * 50}, bounded=bounded, most=8)
    gone: list[str] = []

    def one_goes() -> None:
        if len(gone) < 2 and len(source.asked) > 3:
            gone.append(source.rows["a"].pop().identity)

    source.between = one_goes
    rows, after = source.page(48)
    assert gone
    assert [row["id"] for row in rows] == [f"{number:03}" for number in range(48)]
    assert after is None or source.page(48, after)[0] == []


def test_a_list_that_never_rests_is_given_up() -> None:
    source = filled({"a": [7] * 90}, bounded=False, most=8)

    def newest_goes() -> None:
        source.rows["a"].pop()

    source.between = newest_goes
    with pytest.raises(Unsettled):
        source.page(48)


def test_nothing_is_a_page() -> None:
    assert Source().page(5) == ([], None)
    assert filled({"a": []}).page(5) == ([], None)
