"""`make backup`, `demo`, `doctor`, `drill-restore` find the server of this checkout, and say so."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from server_checkout import Checkout, clone

# Answers as Docker on a machine with the containers of this checkout; `stopped`: without them,
# `away`: without the API's, `elsewhere`: with those of another checkout, `swarm`: of a stack.
DOCKER = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
    ps*compose.service=uac_api*)
        [ -e "$CALLS.stopped" ] || [ -e "$CALLS.away" ] || echo container ;;
    ps*compose.service*) [ -e "$CALLS.stopped" ] || echo container ;;
    ps*swarm.service.name*) [ ! -e "$CALLS.swarm" ] || echo task ;;
    inspect*) if [ -e "$CALLS.elsewhere" ]; then echo /another/checkout; else pwd; fi ;;
esac
"""
PYTHON = '#!/bin/sh\necho "python $*" >>"$CALLS"\n'
MAKE = '#!/bin/sh\necho "make $*" >>"$CALLS"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout in which `make up` was used."""
    made = clone(tmp_path, "server_or_local.sh", DOCKER)
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=ml-studio\nSTUDIO_UID=7\nSTUDIO_GID=7\n")
    (tmp_path / "calls").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for file, text in ((tmp_path / ".venv/bin/python", PYTHON), (tmp_path / "bin/make", MAKE)):
        file.write_text(text)
        file.chmod(0o755)
    return made


def done(checkout: Checkout, what: str, **environment: str) -> list[str]:
    """What was called for that target, but for questions about containers."""
    ended = checkout.make(what, **environment)
    assert ended.returncode == 0, ended.stderr
    here = "No server of this checkout" in ended.stdout
    server = "The server of this checkout runs here" in ended.stdout
    assert here != server, "it says which one it chose"
    asked = ("ps", "inspect", "compose version")
    return [call for call in checkout.calls if not call.startswith(asked)]


@pytest.mark.parametrize(
    ("what", "settings", "called"),
    [
        ("doctor", {}, "exec container studio doctor"),
        ("backup", {}, "exec container python -m ops.jobs now backup"),
        ("backup", {"TO": "s3://b/p"}, "exec container studio backup --to s3://b/p"),
        (
            "backup",
            {"TO": "/var", "KEEP": "3"},
            "compose run --rm --no-deps -T --volume /var:/to jobs studio backup --to /to --keep 3",
        ),
        ("drill-restore", {}, "exec container studio drill restore"),
        (
            "drill-restore",
            {"BACKUP": "one", "ARTIFACTS": "all"},
            "exec container studio drill restore one --artifacts all",
        ),
        (
            "drill-restore",
            {"FROM": "/var"},
            "compose run --rm --no-deps -T --volume /var:/from:ro jobs studio drill restore "
            "--from /from",
        ),
    ],
)
def test_the_server_of_this_checkout_is_worked_with(
    checkout: Checkout, what: str, settings: dict[str, str], called: str
) -> None:
    assert done(checkout, what, **settings) == [called]


def test_a_server_whose_container_is_away_is_not_taken_for_make_run(checkout: Checkout) -> None:
    checkout.have("away")
    ended = checkout.make("doctor")
    assert ended.returncode == 1
    assert "make up starts it" in ended.stderr
    assert not any(call.startswith(("make", "python")) for call in checkout.calls)


def test_the_demo_runs_beside_the_server_and_keeps_its_passwords_there(checkout: Checkout) -> None:
    [call] = done(checkout, "demo")
    assert call.startswith("compose run --rm --no-deps -T ")
    assert call.endswith(" migrate python -m ops.demo")
    people = checkout.folder / "secrets" / "demo"
    assert people.stat().st_mode & 0o777 == 0o700
    for part in (
        f"--volume {people}:{people}",
        f"STUDIO_DATA_DIR={people}",
        "STUDIO_API_URL=http://uac_api:5001",
    ):
        assert part in call


@pytest.mark.parametrize("why", ["stopped", "elsewhere"])
@pytest.mark.parametrize(
    ("what", "settings", "called"),
    [
        ("doctor", {}, "doctor"),
        ("backup", {"TO": "/var", "KEEP": "3"}, "backup --to /var --keep 3"),
        ("drill-restore", {"FROM": "/var"}, "drill restore --from /var"),
        ("restore", {"FROM": "/var"}, "restore --from /var --verify"),
    ],
)
def test_without_one_it_is_what_make_run_has(
    checkout: Checkout, why: str, what: str, settings: dict[str, str], called: str
) -> None:
    checkout.have(why)
    assert done(checkout, what, **settings) == [
        "make --silent .venv/.installed",
        f"python -m ops.studio {called}",
    ]


def test_a_checkout_that_never_had_a_server_asks_no_docker(checkout: Checkout) -> None:
    (checkout.folder / ".env").unlink()
    assert done(checkout, "doctor")[-1] == "python -m ops.studio doctor"
    assert not [call for call in checkout.calls if call.startswith("ps")]


def test_the_containers_of_a_stack_are_found_as_well(checkout: Checkout) -> None:
    checkout.have("stopped")
    checkout.have("swarm")
    assert done(checkout, "doctor") == ["exec task studio doctor"]
    refused = checkout.make("backup", TO="/var")
    assert refused.returncode == 1
    assert "make stack" in refused.stderr


def test_nothing_is_restored_into_a_server_that_runs(checkout: Checkout) -> None:
    refused = checkout.make("restore", FROM="/var")
    assert refused.returncode == 1
    assert "make drill-restore" in refused.stderr
    assert not [call for call in checkout.calls if call.startswith(("exec", "compose", "python"))]


def test_a_folder_that_is_not_there_is_made_for_backups_and_refused_for_drills(
    checkout: Checkout,
) -> None:
    done(checkout, "backup", TO="new/backups")
    made = checkout.folder / "new" / "backups"
    assert made.is_dir()
    if os.geteuid() == 0:
        assert (made.stat().st_uid, made.stat().st_gid) == (7, 7)
    assert f"{made}:/to" in checkout.calls[-1]
    refused = checkout.make("drill-restore", FROM="nowhere")
    assert refused.returncode == 1
    assert "nowhere is no folder" in refused.stderr


def test_make_hands_its_variables_on(checkout: Checkout) -> None:
    makefile = Path(__file__).resolve().parents[2] / "Makefile"
    said = subprocess.run(
        ["make", "--dry-run", "-f", str(makefile), "drill-restore", "FROM=/a b", "ARTIFACTS=all"],
        cwd=checkout.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert 'FROM="/a b"' in said
    assert 'ARTIFACTS="all"' in said
