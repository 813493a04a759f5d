"""`make stack` asks Docker for the right things, in order; a stand-in writes them down."""

from __future__ import annotations

from pathlib import Path

import pytest

from server_checkout import Checkout, clone

# Answers as a manager of a swarm on which everything gets well; `calls.*` is trouble.
DOCKER = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
    "info --format"*)
        if [ -e "$CALLS.alone" ]; then echo "inactive false"; else echo "active true"; fi ;;
    "node inspect"*) echo first-node ;;
    "ps --quiet"*compose.project*) [ ! -e "$CALLS.composed" ] || echo container ;;
    "compose config"*) printf '    image: ml-studio\\n    image: reg.example.org/s:1-nginx\\n' ;;
    "image inspect"*) echo sha256:0123456789abcdef0123 ;;
    "run "*ops.server.secrets*) umask 077; echo first-password >secrets/admin-password ;;
    "run "*ops.stack*) cat >/dev/null; echo '{"version": "3.9"}' ;;
    "service ls --quiet"*) echo job; echo api ;;
    "service inspect"*job) echo "ml-studio_migrate on-failure completed" ;;
    "service inspect"*api)
        if [ -e "$CALLS.trouble" ]; then echo "ml-studio_uac_api any rollback_completed"
        else echo "ml-studio_uac_api any completed"; fi ;;
    "service ps"*CurrentState*job) echo "Complete 3 seconds ago" ;;
    "service ps"*) echo "ml-studio_uac_api.1 Failed 2 seconds ago task: non-zero exit (2)" ;;
    "service ls --filter id=api"*) echo "3/3" ;;
    "service logs"*migrate) echo "Administrator 'admin' created." ;;
    "service logs"*) echo "the reason" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh clone, as far as the script looks."""
    return clone(tmp_path, "stack.sh", DOCKER)


def test_up_builds_makes_the_file_deploys_waits_and_says_how_to_sign_in(checkout: Checkout) -> None:
    ended = checkout.make("up")
    assert ended.returncode == 0, ended.stderr
    steps = ["compose build", "ops.server.secrets", "ops.stack", "stack deploy", "service inspect"]
    places = [next(i for i, call in enumerate(checkout.calls) if step in call) for step in steps]
    assert places == sorted(places)
    assert "Password: first-password" in ended.stdout.splitlines()
    assert (checkout.folder / ".stack.json").read_text() == '{"version": "3.9"}\n'
    assert (checkout.folder / ".stack.json").stat().st_mode & 0o777 == 0o600


def test_images_get_a_tag_of_their_content_and_go_to_their_registry(checkout: Checkout) -> None:
    checkout.make("up")
    (made,) = [call for call in checkout.calls if "ops.stack" in call]
    named = "reg.example.org/s:1-nginx"
    assert made.split()[-2:] == [
        "ml-studio=ml-studio:0123456789ab",
        f"{named}={named}-0123456789ab",
    ]
    assert [call for call in checkout.calls if call.startswith("push")] == [
        f"push --quiet {named}-0123456789ab"
    ]


def test_the_node_with_the_data_is_kept(checkout: Checkout) -> None:
    checkout.make("up")
    assert checkout.kept["STUDIO_DATA_NODE"] == "first-node"
    checkout.make("up", STUDIO_DATA_NODE="")
    assert checkout.kept["STUDIO_DATA_NODE"] == "first-node"


def test_the_file_is_made_without_network_and_reads_secrets_only(checkout: Checkout) -> None:
    checkout.make("up")
    (made,) = [call for call in checkout.calls if "ops.stack" in call]
    for part in ("--network none", "--read-only", "--cap-drop ALL", "/secrets:/secrets:ro"):
        assert part in made


def test_a_docker_that_manages_no_swarm_is_said_in_a_sentence(checkout: Checkout) -> None:
    checkout.have("alone")
    ended = checkout.make("up")
    assert ended.returncode == 1
    assert "docker swarm init" in ended.stderr
    assert not any("deploy" in call for call in checkout.calls)


def test_the_same_data_is_never_opened_twice(checkout: Checkout) -> None:
    checkout.have("composed")
    ended = checkout.make("up")
    assert ended.returncode == 1
    assert "make down" in ended.stderr
    assert not any("deploy" in call for call in checkout.calls)


def test_an_update_that_went_back_is_named_with_its_last_lines(checkout: Checkout) -> None:
    checkout.have("trouble")
    ended = checkout.make("up")
    assert ended.returncode == 1
    for part in ("ml-studio_uac_api 3/3 rollback_completed", "non-zero exit (2)", "the reason"):
        assert part in ended.stderr
    assert "ML Studio is running" not in ended.stdout


def test_down_takes_the_stack_away_and_keeps_the_volumes(checkout: Checkout) -> None:
    assert "data stays" in checkout.make("down").stdout
    assert "stack rm ml-studio" in checkout.calls
    assert not any("volume" in call for call in checkout.calls)
