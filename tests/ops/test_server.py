"""`make up` asks Docker for the right things, in order; a stand-in for Docker writes them down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from processes import ROOT
from server_checkout import Checkout, clone

# Answers as Docker with a healthy stack; `trouble` makes one container unhealthy.
DOCKER = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
    "info --format"*) cat "$CALLS.processors" 2>/dev/null || true ;;
    info*) [ ! -e "$CALLS.down" ] || exit 1 ;;
    "run "*--in-use*) : >secrets/upstream-secret-previous ;;
    "run "*ops.server.secrets*) umask 077; echo first-password >secrets/admin-password ;;
    "compose config"*) echo "services: {}" ;;
    "run "*secret_readers*) cat >/dev/null; cat "$CALLS.readers" 2>/dev/null || true ;;
    "compose exec"*doctor) cat "$CALLS.doctor" 2>/dev/null || echo "Everything is fit." ;;
    "ps "*service=mysql*) echo old ;;
    "ps "*service=*) echo "log-of-${*##*service=}" | cut -d' ' -f1 ;;
    "ps "*) echo one; echo two ;;
    "inspect "*one) echo "migrate exited 0 none" ;;
    "inspect "*two)
        if [ -e "$CALLS.trouble" ]; then echo "uac_api running 0 unhealthy"
        else echo "uac_api running 0 healthy"; fi ;;
    "logs "*log-of-migrate)
        cat "$CALLS.migrate" 2>/dev/null || echo "Administrator 'admin' created." ;;
    "logs "*log-of-*) echo "the reason of ${*##*log-of-}" ;;
    "compose build"*) [ ! -e "$CALLS.unbuilt" ] || { echo "no such package"; exit 1; } ;;
esac
"""


DOCKERFILES = [
    ROOT / "Dockerfile",
    ROOT / "deploy" / "nginx" / "Dockerfile",
    *sorted(ROOT.glob("deploy/databases/*/Dockerfile")),
    *sorted(ROOT.glob("ops/*/Dockerfile")),
]
EXISTS = "The person 'admin' exists already,"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh clone, as far as the script looks."""
    return clone(tmp_path, "server.sh", DOCKER)


def test_up_builds_makes_secrets_starts_waits_and_says_how_to_sign_in(checkout: Checkout) -> None:
    ended = checkout.make("up")
    assert ended.returncode == 0, ended.stderr
    steps = ["compose build", "ops.server.secrets /secrets", "up --detach --remove-orphans"]
    places = [next(i for i, call in enumerate(checkout.calls) if step in call) for step in steps]
    assert places == sorted(places)
    for line in ("Studio   https://localhost", "Sign in as admin.", "Password: first-password"):
        assert line in ended.stdout.splitlines()


def test_the_password_is_shown_once(checkout: Checkout) -> None:
    checkout.make("up")
    checkout.have(
        "migrate", f"Administrator 'admin' created.\n{EXISTS} has still the first password,"
    )
    again = checkout.make("up")
    assert "first-password" not in again.stdout
    assert "still the first one, in secrets/admin-password" in again.stdout


def test_a_password_that_opens_nothing_is_neither_shown_nor_kept(checkout: Checkout) -> None:
    checkout.make("up")
    (checkout.folder / "secrets" / "admin-password").unlink()
    checkout.have(
        "migrate", f"Administrator 'admin' created.\n{EXISTS} has a password of their own,"
    )
    again = checkout.make("up")
    assert "first-password" not in again.stdout
    assert "chosen in Studio" in again.stdout
    assert (checkout.folder / "secrets" / "admin-password").read_text() == ""


def test_each_service_is_started_with_the_digest_of_the_secrets_it_reads(
    checkout: Checkout,
) -> None:
    checkout.have("readers", "SECRETS_OF_UAC_API=aaa\nSECRETS_OF_JOBS=bbb\n")
    checkout.make("up")
    assert checkout.kept["SECRETS_OF_UAC_API"] == "aaa"
    checkout.have("readers", "SECRETS_OF_UAC_API=ccc\nSECRETS_OF_JOBS=bbb\n")
    checkout.make("up")
    assert checkout.kept["SECRETS_OF_UAC_API"] == "ccc"
    assert checkout.kept["SECRETS_OF_JOBS"] == "bbb"
    assert (checkout.folder / ".env").read_text().count("SECRETS_OF_UAC_API") == 1
    assert (checkout.folder / ".env").stat().st_mode & 0o777 == 0o600
    order = [
        i for i, call in enumerate(checkout.calls) if "secret_readers" in call or "up -" in call
    ]
    assert order == sorted(order)


def test_the_upstream_secret_before_ends_when_everything_is_healthy(checkout: Checkout) -> None:
    checkout.make("up")
    assert not any("--in-use" in call for call in checkout.calls)
    (checkout.folder / "secrets" / "upstream-secret-previous").write_text("before")
    checkout.have("trouble")
    checkout.make("up")
    assert not any("--in-use" in call for call in checkout.calls), "not healthy: still needed"
    checkout.have_no_more("trouble")
    checkout.make("up")
    places = [i for i, call in enumerate(checkout.calls) if call.startswith("inspect")]
    (ended,) = [i for i, call in enumerate(checkout.calls) if "--in-use" in call]
    assert ended > places[-1]


def test_after_a_change_the_doctor_is_asked_and_its_findings_are_shown(checkout: Checkout) -> None:
    checkout.have("doctor", "FAULT   audit: The audit trail does not verify\n")
    assert "does not verify" not in checkout.make("up").stdout, "there is nothing in it yet"
    again = checkout.make("up")
    assert again.returncode == 0
    assert "The audit trail does not verify" in again.stdout
    checkout.have("doctor", "Everything is fit.\n")
    assert "doctor" not in checkout.make("up").stdout


def test_images_of_the_update_before_are_removed_and_only_ours(checkout: Checkout) -> None:
    checkout.make("up")
    (call,) = [call for call in checkout.calls if call.startswith("image")]
    assert call == "image prune --force --filter label=org.opencontainers.image.vendor=ML Studio"
    for file in DOCKERFILES:
        last = file.read_text().rpartition("\nFROM ")[2]
        assert 'LABEL org.opencontainers.image.vendor="ML Studio"' in last, file


def test_no_limit_of_processors_is_beyond_what_the_machine_has(checkout: Checkout) -> None:
    compose = "a: {cpus: ${UAC_API_CPUS:-4}}\nb: {cpus: ${JOBS_CPUS:-1}}\nc: {cpus: ${X_CPUS:-4}}\n"
    (checkout.folder / "docker-compose.yml").write_text(compose)
    (checkout.folder / ".env").write_text("X_CPUS=1.5\n")
    checkout.have("processors", "2\n")
    checkout.make("up")
    assert checkout.kept["UAC_API_CPUS"] == "2"
    assert checkout.kept["X_CPUS"] == "1.5"
    assert "JOBS_CPUS" not in checkout.kept


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


def test_backups_do_not_go_to_a_folder_that_is_not_mounted(checkout: Checkout) -> None:
    (checkout.folder / ".env").write_text(f"STUDIO_BACKUP_VOLUME={checkout.folder}/mount\n")
    ended = checkout.make("up")
    assert ended.returncode == 1
    assert "Is it mounted?" in ended.stderr
    (checkout.folder / "mount").mkdir()
    assert checkout.make("up").returncode == 0


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
    assert "docs/how-to/runbook.md" in ended.stderr


def test_down_keeps_the_volumes_and_takes_orphans_along(checkout: Checkout) -> None:
    assert "data stays" in checkout.make("down").stdout
    (call,) = [call for call in checkout.calls if "down" in call]
    assert call == "compose down --remove-orphans"


def test_the_secrets_are_made_without_network_or_capabilities(checkout: Checkout) -> None:
    checkout.make("up")
    (call,) = [call for call in checkout.calls if "ops.server.secrets" in call]
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
