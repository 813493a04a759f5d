"""A service's digest changes with the secrets that it reads, and with nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from compose_files import Document, configuration
from ops.server.secret_readers import digests, variable
from ops.server.secret_rotation import HISTORY, PASSING
from ops.server.secrets import MADE, make_missing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The secrets of a server."""
    make_missing(tmp_path / "secrets", "localhost")
    return tmp_path / "secrets"


@pytest.fixture
def compose() -> Document:
    """What Compose would run."""
    return configuration("mysql")


@pytest.mark.parametrize("name", sorted(set(MADE) - PASSING - {"grafana-password"}))
def test_exactly_the_readers_of_a_changed_secret_are_replaced(
    folder: Path, compose: Document, name: str
) -> None:
    before = dict(digests(compose, folder))
    (folder / name).write_text("another one, of some length\n")
    after = dict(digests(compose, folder))
    readers = {
        variable(service)
        for service, said in compose["services"].items()
        if name in said.get("secrets", [])
    }
    assert readers
    assert {one for one in before if before[one] != after[one]} == readers


@pytest.mark.parametrize("name", sorted(PASSING))
def test_nobody_is_replaced_for_what_passes(folder: Path, compose: Document, name: str) -> None:
    before = dict(digests(compose, folder))
    (folder / name).write_text("another one, of some length\n")
    assert dict(digests(compose, folder)) == before


def test_a_digest_tells_nothing_to_who_has_not_the_key(folder: Path, compose: Document) -> None:
    before = dict(digests(compose, folder))
    (folder / HISTORY / "digest-key").write_text("k" * 64)
    after = dict(digests(compose, folder))
    assert not {one for one in before if before[one] == after[one]}


def test_compose_2_says_it_at_length_and_means_the_same(folder: Path, compose: Document) -> None:
    before = dict(digests(compose, folder))
    for said in compose["services"].values():
        said["secrets"] = [
            {"source": name, "target": f"/run/secrets/{name}"} for name in said.get("secrets", [])
        ]
    for name, said in compose["secrets"].items():
        said["file"] = f"/srv/ml-studio/secrets/{name}"
    assert dict(digests(compose, folder)) == before


def test_the_program_writes_a_line_for_each_reader(folder: Path, compose: Document) -> None:
    command = [sys.executable, "-m", "ops.server.secret_readers", str(folder)]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, input=yaml.dump(compose), capture_output=True, text=True, check=False
        )

    lines = dict(line.split("=") for line in run().stdout.splitlines())
    assert lines == dict(digests(compose, folder))
    assert {f"SECRETS_OF_{name}" for name in ("NGINX", "JOBS", "MIGRATE")} <= set(lines)
    (folder / "audit-key").unlink()
    ended = run()
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "audit-key" in ended.stderr
