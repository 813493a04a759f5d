"""Studio reads tables of runs as Arrow, with a total, the next page's token, and clear errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pyarrow as pa
import pytest

from served import Served
from serving import Service
from studio_app.api.client import ApiError, Client, Unavailable

LOSSES = pa.table({"run_id": ["a", "b"], "metrics.loss": [0.5, float("nan")]})


def arrow(table: pa.Table) -> bytes:
    """A table as it goes over the wire."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


class Api:
    """The API in memory: answers every question alike and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.status = "200 OK"
        self.headers = {"X-Total-Count": "10000+", "X-Next-Page-Token": "abc"}
        self.body = arrow(LOSSES)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        said = environ["HTTP_ACCEPT"], environ["PATH_INFO"], json.loads(body)
        self.asked.append(said)
        start(self.status, list({"Content-Length": str(len(self.body)), **self.headers}.items()))
        return [self.body]


@pytest.fixture
def api() -> Api:
    """What the API says."""
    return Api()


@pytest.fixture
def client(api: Api, service: Service) -> Iterator[Client]:
    """Somebody who asks it; the service gives this process Studio's settings."""
    del service
    served = Served(api)
    served.start()
    yield Client(served.url, "mss_x")
    served.stop()


def test_a_page_of_runs_is_a_table_with_its_total_and_the_next_page(
    api: Api, client: Client
) -> None:
    page = client.query_runs({"projects": ["fraud"]})
    assert page.table.column("run_id").to_pylist() == ["a", "b"]
    assert (page.total, page.next_page_token) == ("10000+", "abc")
    media_type = "application/vnd.apache.arrow.stream"
    assert api.asked == [(media_type, "/studio/v1/runs/query", {"projects": ["fraud"]})]


def test_curves_are_a_table(api: Api, client: Client) -> None:
    assert client.metric_curves({"metrics": ["loss"]}).num_rows == 2
    assert api.asked[0][1] == "/studio/v1/metrics/curves"


def test_columns_are_a_document(api: Api, client: Client) -> None:
    api.body = b'{"runs": 0, "columns": []}'
    assert client.run_columns({}) == {"runs": 0, "columns": []}
    assert api.asked[0][:2] == ("application/json", "/studio/v1/runs/columns")


def test_a_mistake_in_a_filter_says_where_it_is(api: Api, client: Client) -> None:
    api.status = "400 Bad Request"
    facts = {"position": 15, "found": "AND", "expected": "a number"}
    api.body = json.dumps({"message": "No.", "reason": "filter", **facts}).encode()
    with pytest.raises(ApiError) as refused:
        client.query_runs({"filter": "metrics.loss < AND"})
    assert (refused.value.reason, refused.value.facts) == ("filter", facts)


def test_a_table_that_breaks_off_is_no_table(api: Api, client: Client) -> None:
    api.headers = {"Content-Length": str(len(api.body))}
    # Before the mark at its end, which is where a table could end without one.
    api.body = api.body[:-8]
    with pytest.raises(Unavailable):
        client.query_runs({})
