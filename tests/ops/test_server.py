"""`make up` asks Docker for the right things, in order; a stand-in for Docker writes them down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server_checkout import Checkout, clone

# Answers as Docker with a healthy stack; `trouble` makes one container unhealthy.
DOCKER = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
    info*) [ ! -e "$CALLS.down" ] || exit 1 ;;
    "run "*server_secrets*) umask 077; echo first-password >secrets/admin-password ;;
    "ps "*service=mysql*) echo old ;;
    "ps "*) echo one; echo two ;;
    "inspect "*one) echo "migrate exited 0 none" ;;
    "inspect "*two)
        if [ -e "$CALLS.trouble" ]; then echo "uac_api running 0 unhealthy"
        else echo "uac_api running 0 healthy"; fi ;;
    "compose logs"*migrate) echo "Administrator 'admin' created." ;;
    "compose logs"*) echo "the reason of $4$5$6" ;;
    "compose build"*) [ ! -e "$CALLS.unbuilt" ] || { echo "no such package"; exit 1; } ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh clone, as far as the script looks."""
    return clone(tmp_path, "server.sh", DOCKER)


def test_up_builds_makes_secrets_starts_waits_and_says_how_to_sign_in(checkout: Checkout) -> None:
    ended = checkout.make("up")
    assert ended.returncode == 0, ended.stderr
    steps = ["compose build", "server_secrets /secrets", "up --detach --remove-orphans"]
    places = [next(i for i, call in enumerate(checkout.calls) if step in call) for step in steps]
    assert places == sorted(places)
    for line in ("Studio   https://localhost", "Sign in as admin.", "Password: first-password"):
        assert line in ended.stdout.splitlines()


def test_the_password_is_shown_once(checkout: Checkout) -> None:
    checkout.make("up")
    again = checkout.make("up")
    assert "first-password" not in again.stdout
    assert "secrets/admin-password" in again.stdout


def test_what_was_found_out_is_kept_for_docker_compose_by_hand(checkout: Checkout) -> None:
    checkout.make("up", STUDIO_HTTPS_PORT="8443")
    assert checkout.kept["COMPOSE_PROJECT_NAME"] == "ml-studio"
    assert checkout.kept["STUDIO_URL"] == "https://localhost:8443"
    owner = os.geteuid() or 10001
    assert checkout.kept["STUDIO_UID"] == str(owner)
    assert (checkout.folder / ".env").stat().st_mode & 0o777 == 0o600
    before = (checkout.folder / ".env").read_text()
    checkout.make("up")
    assert (checkout.folder / ".env").read_text() == before


def test_settings_of_dot_env_are_obeyed_and_the_shell_wins(checkout: Checkout) -> None:
    (checkout.folder / ".env").write_text("STUDIO_URL=https://studio.example.org\n")
    assert "Studio   https://studio.example.org" in checkout.make("up").stdout
    other = checkout.make("up", STUDIO_URL="https://other.example.org")
    assert "Studio   https://other.example.org" in other.stdout


def test_an_address_without_https_is_refused(checkout: Checkout) -> None:
    ended = checkout.make("up", STUDIO_URL="http://studio.example.org")
    assert ended.returncode == 1
    assert "It must be https://" in ended.stderr


def test_a_docker_that_does_not_answer_is_said_in_a_sentence(checkout: Checkout) -> None:
    checkout.have("down")
    ended = checkout.make("up")
    assert ended.returncode == 1
    assert "Docker does not answer" in ended.stderr


def test_an_image_that_cannot_be_built_shows_why(checkout: Checkout) -> None:
    checkout.have("unbuilt")
    ended = checkout.make("up")
    assert ended.returncode == 1
    assert "no such package" in ended.stderr


def test_a_container_that_is_not_well_is_named_with_its_last_lines(checkout: Checkout) -> None:
    checkout.have("trouble")
    ended = checkout.make("up")
    assert ended.returncode == 1
    assert "uac_api running 0 unhealthy" in ended.stderr
    assert "the reason of" in ended.stderr
    assert "docs/operations.md" in ended.stderr


def test_down_keeps_the_volumes_and_takes_orphans_along(checkout: Checkout) -> None:
    assert "data stays" in checkout.make("down").stdout
    (call,) = [call for call in checkout.calls if "down" in call]
    assert call == "compose down --remove-orphans"


def test_the_secrets_are_made_without_network_or_capabilities(checkout: Checkout) -> None:
    checkout.make("up")
    (call,) = [call for call in checkout.calls if call.startswith("run ")]
    for part in ("--rm", "--network none", "--read-only", "--cap-drop ALL"):
        assert part in call
    assert f"--user {os.geteuid()}:{os.getegid()}" in call


def test_mysql_is_stopped_where_postgresql_takes_its_place(checkout: Checkout) -> None:
    checkout.make("up")
    assert "stop --time 60 old" not in checkout.calls
    files = "docker-compose.yml:docker-compose.postgresql.yml"
    (checkout.folder / ".env").write_text(f"COMPOSE_FILE={files}\n")
    checkout.make("up")
    assert {"stop --time 60 old", "rm old"} <= set(checkout.calls)
