"""MLflow counts as healthy only behind a shut gate, and with its database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow_server.health import problem
from processes import SECRET, Program
from served import Served

Answer = Callable[..., list[bytes]]


@contextmanager
def answering(stranger: int, ours: int) -> Iterator[str]:
    def application(environ: dict[str, str], start: Callable[..., object]) -> list[bytes]:
        known = environ.get("HTTP_X_MLSTUDIO_UPSTREAM") == SECRET
        start(f"{ours if known else stranger} Whatever", [("Content-Length", "0")])
        return [b""]

    server = Served(application)
    server.start()
    yield server.url
    server.stop()


def test_a_real_server_behind_its_gate_is_fit(mlflow: Program) -> None:
    assert problem(mlflow.url, SECRET) == ""


def test_the_wrong_secret_is_not_fit(mlflow: Program) -> None:
    assert "answers 401" in problem(mlflow.url, "w" * 40)


def test_an_open_gate_is_not_fit() -> None:
    with answering(stranger=200, ours=200) as address:
        assert "does not refuse strangers" in problem(address, SECRET)


def test_a_search_that_fails_is_not_fit() -> None:
    with answering(stranger=401, ours=500) as address:
        assert "answers 500" in problem(address, SECRET)


def test_nobody_there_is_not_fit() -> None:
    assert "does not answer" in problem("http://127.0.0.1:9", SECRET)


def test_a_server_that_was_fit_once_need_only_keep_its_gate_shut(tmp_path: Path) -> None:
    was_well = tmp_path / "was-well"
    with answering(stranger=401, ours=500) as without_database:
        assert "answers 500" in problem(without_database, SECRET, was_well)
        with answering(stranger=401, ours=200) as fit:
            assert problem(fit, SECRET, was_well) == ""
        assert problem(without_database, SECRET, was_well) == ""
    with answering(stranger=200, ours=200) as opened:
        assert "does not refuse strangers" in problem(opened, SECRET, was_well)
    assert "does not answer" in problem("http://127.0.0.1:9", SECRET, was_well)
