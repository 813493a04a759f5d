"""What a tab has read is kept for it alone: two people in one process never see each other's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from served import Served
from serving import Service, without_browser
from studio_app import session
from studio_app.runs import kept
from studio_app.settings import settings

ALTERNATIONS = 200
PEOPLE = ("mss_alice", "mss_bob")


class Api:
    """The API in memory: everything it says names the one who asked, by their token."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        self.calls += 1
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        question = json.loads(body or b"{}")
        who = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        answer = self._answer(environ["PATH_INFO"], question, who)
        headers = {"Content-Length": str(len(answer)), "X-Total-Count": "2"}
        if question.get("limit") == 1 and not question["page_token"]:
            headers["X-Next-Page-Token"] = f"of {who}"
        start("200 OK", list(headers.items()))
        return [answer]

    def _answer(self, path: str, question: Any, who: str) -> bytes:
        if path.endswith("/runs/columns"):
            column = {"kind": "params", "key": f"of {who}", "runs": 2, "values": 2}
            column |= {"min": None, "max": None, "common": []}
            return json.dumps({"runs": 2, "looked_at": 2, "columns": [column]}).encode()
        if path.endswith("/metrics/curves"):
            point = {"x": 0.0, "last": 1.0, "min": 1.0, "max": 1.0, "count": 1, "nonfinite": 0}
            value = float(PEOPLE.index(who))
            runs = [
                {"run_id": run, "metric": "loss"} | point | {"last": value}
                for run in question["runs"]
            ]
            return _arrow(runs)
        assert question["page_token"] in {"", f"of {who}"}
        run = {"run_id": f"{who}{question['page_token']}", "run_name": who, "status": "FINISHED"}
        times = {"start_time": 1, "end_time": 2, "user_id": who, "parent_run_id": None}
        return _arrow([run | times])


def _arrow(rows: list[dict[str, Any]]) -> bytes:
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


@pytest.fixture
def api(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    del service
    without_browser(monkeypatch)
    found = Api()
    served = Served(found)
    served.start()
    monkeypatch.setenv("STUDIO_API_URL", served.url)
    settings.cache_clear()
    yield found
    served.stop()
    settings.cache_clear()


def _page() -> None:
    """Everything that pages keep, written out."""
    import pandas as pd
    import streamlit as st

    from studio_app import session
    from studio_app.runs import kept, tracking
    from studio_app.runs.charts import charts_of_run
    from studio_app.runs.table import run_list

    client = session.client()
    asked = run_list.Asked("fraud", "1", "", "active", "name asc", nested=False)
    columns = kept.read("columns", lambda: tracking.columns_of_runs(client, "fraud", "1"))
    for limit in (1, 2):
        so_far = kept.listing(asked)
        if so_far is None or not so_far.answers([], limit):
            kept.keep(asked, run_list.read(client, asked, [], limit, so_far))
    compared = kept.read("compared", lambda: tracking.runs_by_id(client, "fraud", "1", ["a"]))
    run = tracking.Run({"run_id": "a", "experiment_id": "1"}, compared, {}, {})
    below = kept.read("children", lambda: tracking.children(client, "fraud", run))
    logged = pd.DataFrame({"key": ["loss"], "step": [0], "time": [0], "value": [1.0]})
    one = tracking.Run({"run_id": "a", "experiment_id": "1"}, logged, {}, {})
    curves = charts_of_run.read("fraud", one, ["loss"], "step")
    listing = kept.listing(asked)
    assert listing is not None
    for frame in (listing.table.to_pandas(), compared, below.frame):
        st.text(frame.to_json())
    st.text(str(columns))
    st.text(f"value {curves.points['last'][0].as_py()}")


@pytest.fixture
def tabs(api: Api) -> list[AppTest]:
    """The same page in one process, once for each of two people."""
    del api
    opened = []
    for token in PEOPLE:
        at = AppTest.from_function(_page, default_timeout=30)
        at.session_state[session.TOKEN] = token
        opened.append(at)
    return opened


def test_two_people_alternate_over_everything_that_is_kept_and_see_only_their_own(
    api: Api, tabs: list[AppTest]
) -> None:
    for turn in range(ALTERNATIONS):
        for at, own, others in zip(tabs, PEOPLE, reversed(PEOPLE), strict=True):
            if turn % 20 == 19:
                # As the button that reads again does.
                del at.session_state[kept.NAME]
            at.run()
            assert not at.exception
            shown = "\n".join(str(text.value) for text in at.text)
            assert shown.count(own) >= 4
            assert others not in shown
            assert f"value {float(PEOPLE.index(own))}" in shown
    rounds = 1 + ALTERNATIONS // 20
    calls = api.calls / rounds / len(PEOPLE)
    assert calls == 8, "each question once, until it is read again"


def test_whoever_comes_next_in_the_same_tab_finds_nothing_of_the_one_before(
    tabs: list[AppTest],
) -> None:
    at, (first, second) = tabs[0], PEOPLE
    at.run()
    assert first in str([text.value for text in at.text])
    at.session_state[session.TOKEN] = second
    shown = str([text.value for text in at.run().text])
    assert second in shown
    assert first not in shown


def test_of_many_answers_the_oldest_go(api: Api) -> None:
    del api

    def page() -> None:
        from functools import partial

        from studio_app.runs import kept

        asked: list[int] = []

        def ask(number: int) -> int:
            asked.append(number)
            return number

        for number in (*range(60), 59, 0):
            assert kept.read(number, partial(ask, number)) == number
        assert asked == [*range(60), 0]

    assert not AppTest.from_function(page).run().exception


def test_what_follows_a_reading_stays_where_it_is(api: Api) -> None:
    """What Streamlit's browser finds at another number of its page it makes anew."""
    del api

    def page() -> None:
        import streamlit as st

        from studio_app.runs import kept

        kept.read("question", lambda: "answer")
        st.text("below")

    at = AppTest.from_function(page)
    places = []
    for _ in range(2):
        at.run()
        children = at.main.children
        places.append([place for place in children if children[place].type == "text"])
    assert places[0] == places[1] != []
