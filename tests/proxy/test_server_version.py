"""Which MLflow stands behind the proxy: asked when a row needs it, remembered for a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from recording import Recorder, Said
from uac_api.errors import Unavailable
from uac_api.mlflow.server_version import FRESH_SECONDS, UNKNOWN, ServerVersion
from uac_api.mlflow.upstream import Upstream


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """The stand-in for MLflow."""
    made = Recorder()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def upstream(recorder: Recorder) -> Iterator[Upstream]:
    """The connections to it."""
    with closing(Upstream(recorder.url, "s", timeout=5)) as made:
        yield made


def test_the_version_is_asked_once_a_minute(recorder: Recorder, upstream: Upstream) -> None:
    clock = Clock()
    version = ServerVersion(upstream, clock)
    recorder.said = Said(body=b"3.17.2\n")
    assert [version.current(), version.current()] == ["3.17.2", "3.17.2"]
    recorder.said = Said(body=b"3.18.0")
    clock.now += FRESH_SECONDS - 0.1
    assert version.current() == "3.17.2"
    clock.now += 0.2
    assert version.current() == "3.18.0"
    assert [one.target for one in recorder.seen] == ["/version", "/version"]


@pytest.mark.parametrize(
    "said", [Said(body=b"<html>"), Said(status=404, body=b"3.18.0"), Said(body=b"")]
)
def test_what_is_no_version_is_unknown(recorder: Recorder, upstream: Upstream, said: Said) -> None:
    recorder.said = said
    assert ServerVersion(upstream).current() == UNKNOWN


def test_a_silent_mlflow_is_not_remembered_as_a_version() -> None:
    version = ServerVersion(Upstream("http://127.0.0.1:1", "s", timeout=1))
    for _ in range(2):
        with pytest.raises(Unavailable):
            version.current()
