"""The path of a file is judged as MLflow reads it, and a `%` in its name is no offence."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.utils.uri import validate_path_is_safe

from content import artifact
from recording import SLUG, NarrowProxy
from uac_api.errors import BadRequest
from uac_api.proxy.request import paths

RUN = "1/r/artifacts"
PIECES = (
    *("a", "/", "/", ".", "..", "%", "%2f", "%2F", "%2e", "%252e", "%25", "%5c", "%5C", "\\"),
    *("%00", "%0a", "%09", "%12", "%17", "%20", "%7f", "%41", "%e9", "%c3%a9", "é", " ", "~"),
    *(";", "?", "#", "%3f", "%23", ":", "file:", "http:", "workspaces", "+", "[", "%5b", "//["),
)
# What `log_image(step=)` of mlflow 2 and early 3 writes, and what people do.
NAMES = [
    "50%.txt",
    "100%",
    "dog%step%1%timestamp%1732875000000%g0a1b2c3.png",
    "dog%step%12%timestamp%1732875000000%g0a1b2c3%compressed.webp",
    "dog%step%20%timestamp%1732875000000%z0.png",
    "dog%step%25%timestamp%1732875000000%z0.png",
    "dog%step%4142%timestamp%1732875000000%z0.png",
    "a%20b",
    "%e9",
    "%%",
    "a%00b",
]
ELSEWHERE = ["%2e%2e", "%2e", ".%2e", "a%2fb", "..%2fx", "a%5cb", "%2f", "%252e%252e", "a%252fb"]
ELSEWHERE += ["%2525252e.", ".%0a.", "x%2f..%2fy"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_a_path_is_read_as_mlflow_reads_it(path: str) -> None:
    try:
        theirs = validate_path_is_safe(path)
    except (MlflowException, ValueError):
        return
    ours = paths.as_mlflow_reads(path)
    assert ours == theirs or (ours is None and "file:" in path)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_what_passes_stays_in_its_folder_however_often_it_is_decoded(name: str) -> None:
    path = f"workspaces/{SLUG}/{RUN}/{name}"
    try:
        read = paths.require_plain(path)
    except BadRequest:
        return
    folder, _, last = path.rstrip("/").rpartition("/")
    assert read.rpartition("/")[0] == folder
    assert read.rpartition("/")[2] not in ("", ".", "..")
    assert folder.startswith(f"workspaces/{SLUG}/1/r")
    assert ("\\" in read, "\0" in read, bool(last)) == (False, False, True)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_a_percent_sign_reaches_mlflow_as_it_was_sent(
    proxy: NarrowProxy, method: str, name: str
) -> None:
    sent = quote(name, safe="")
    body = b"x" if method == "PUT" else None
    reply = proxy.alice.ask(method, artifact(SLUG, f"{RUN}/i/{sent}"), raw=body)
    assert reply.status == 200, reply.body
    assert proxy.upstream.last().target.endswith(f"/{RUN}/i/{sent}")
    listed = proxy.alice.ask("GET", artifact(SLUG, "")[:-1] + f"?path={RUN}/i/{sent}")
    assert listed.status == 200, listed.body


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_name_that_decoding_would_lead_elsewhere_does_not_reach_mlflow(
    proxy: NarrowProxy, method: str, name: str
) -> None:
    sent = quote(name, safe="")
    body = b"x" if method == "PUT" else None
    for path in (f"{RUN}/{sent}", sent, f"{RUN}/{sent}/f"):
        assert proxy.alice.ask(method, artifact(SLUG, path), raw=body).status == 400, path
        query = artifact(SLUG, "")[:-1] + f"?path={path}"
        assert proxy.alice.ask("GET", query).status == 400, path
    assert proxy.upstream.seen == []


@pytest.mark.parametrize(
    "folder", ["%2577orkspaces/vault", "workspaces/v%2561ult", "%20workspaces"]
)
def test_the_name_of_a_folder_is_never_decoded_again(proxy: NarrowProxy, folder: str) -> None:
    assert proxy.alice.ask("GET", artifact(SLUG, f"{folder}/f")).status == 400
    assert proxy.alice.ask("GET", artifact(SLUG, folder.split("/")[0])).status == 400
    assert proxy.upstream.seen == []
