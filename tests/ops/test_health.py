"""A container is well when it answers; once it was fit, it need only be alive."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ops.server.health import problem
from served import Served


class Service:
    """Says 200 where it is told to."""

    def __init__(self, *good: str) -> None:
        self.good = set(good)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        status = "200 OK" if environ["PATH_INFO"] in self.good else "503 Service Unavailable"
        start(status, [("Content-Length", "0")])
        return [b""]


def test_one_address_must_answer_each_time(tmp_path: Path) -> None:
    service = Service("/readyz")
    served = Served(service)
    served.start()
    ready = [f"{served.url}/readyz"]
    assert problem(ready, tmp_path / "was-well") == ""
    service.good.clear()
    assert "does not answer with 200" in problem(ready, tmp_path / "was-well")
    served.stop()


def test_two_addresses_count_one_after_the_other(tmp_path: Path) -> None:
    service = Service("/healthz")
    served = Served(service)
    served.start()
    both = [f"{served.url}/readyz", f"{served.url}/healthz"]
    assert "/readyz" in problem(both, tmp_path / "was-well")
    service.good = {"/readyz", "/healthz"}
    assert problem(both, tmp_path / "was-well") == ""
    # What it needs is away: it is not ended for that.
    service.good = {"/healthz"}
    assert problem(both, tmp_path / "was-well") == ""
    service.good.clear()
    assert "/healthz" in problem(both, tmp_path / "was-well")
    served.stop()
