"""Ids that go through all services, and what of an address may be told."""

from __future__ import annotations

import re

import pytest

from telemetry import ids

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_clients_own_id_is_kept() -> None:
    assert ids.request_id("build-7.42_a") == "build-7.42_a"


@pytest.mark.parametrize("offered", ["", "a b", 'x"', "ä", "a" * 65, "a\n"])
def test_what_is_no_id_is_replaced(offered: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", ids.request_id(offered))


def test_a_trace_is_continued_with_its_flags() -> None:
    assert ids.traced(f"00-{TRACE}-{SPAN}-00", "mine") == (TRACE, "00")


@pytest.mark.parametrize(
    "offered",
    ["", "mine", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"01-{TRACE}-{SPAN}-01"],
)
def test_what_is_no_trace_is_named_by_the_request(offered: str) -> None:
    assert ids.traced(offered, TRACE) == (TRACE, "01")
    made, flags = ids.traced(offered, "build-7")
    assert ids.TRACE_ID.fullmatch(made)
    assert flags == "01"


@pytest.mark.parametrize("kind", ["mls", "mss", "mst", "msi"])
def test_a_secret_is_cut_after_its_id(kind: str) -> None:
    text = f"/tokens/{kind}_abcdefghijkl_{'s' * 43}/x"
    assert ids.without_secrets(text) == f"/tokens/{kind}_abcdefghijkl_.../x"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/2.0/mlflow/runs/get", "/api/2.0/mlflow/runs/get"),
        ("/ajax-api/3.0/mlflow/traces/tr-9f3a01/info", "/ajax-api/3.0/mlflow/traces/*/info"),
        ("/api/2.0/mlflow/logged-models/m-0a1b", "/api/2.0/mlflow/logged-models/*"),
        (
            "/api/2.0/mlflow-artifacts/artifacts/1/ab/plan.txt",
            "/api/2.0/mlflow-artifacts/artifacts",
        ),
        ("/v1/traces", "/v1/traces"),
        ("/x/mls_abcdefghijkl_secret", "/x/*"),
        ("/%2e%2e/Secret Name", "/*/*"),
        ("/", "/"),
    ],
)
def test_the_shape_of_an_address_has_no_id_and_no_name_of_a_file(path: str, told: str) -> None:
    assert ids.shape(path) == told
