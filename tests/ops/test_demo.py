"""The demo's data fit together, and it says in one line why it cannot go on."""

import os
import socket
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from ops.demo import demand, fraud, prompts, registry
from ops.demo.cast import PEOPLE, PROJECTS, WRITERS
from ops.demo.client import Client, DemoError
from ops.demo.people import load_passwords
from ops.demo.target import find, sign_in
from ops.run.settings import build
from ops.server.certificate import self_signed
from people import CAST, add_people
from processes import free_port
from uac_api.access.database import Database
from uac_api.access.models import Event
from uac_api.migrations import upgrade

ROOT = Path(__file__).resolve().parents[2]
STEPS = [*fraud.steps(), *demand.steps()]
ROLES = {
    (username, project.slug): role
    for project in PROJECTS
    for username, role in ((project.owner, "owner"), *project.members)
}


def test_two_projects_five_people_and_every_role() -> None:
    assert len(PROJECTS) == 2
    assert len(PEOPLE) == 5
    assert set(ROLES.values()) == {"owner", "maintainer", "contributor", "viewer"}


def test_everybody_who_writes_may_write() -> None:
    assert all(ROLES[writer] != "viewer" for writer in WRITERS)
    assert {(step.author, step.project) for step in STEPS} <= set(WRITERS)


def test_no_two_runs_of_an_experiment_have_one_name() -> None:
    names = Counter((step.project, step.experiment, step.run_name) for step in STEPS)
    assert max(names.values()) == 1


def test_every_registered_version_comes_from_a_run_of_the_demo() -> None:
    runs = {(step.project, step.experiment, step.run_name) for step in STEPS}
    for model in registry.MODELS:
        assert ROLES[model.promoter, model.project] in {"maintainer", "owner"}
        for version in model.versions:
            assert (model.project, version.experiment, version.run_name) in runs
            assert (version.author, model.project) in WRITERS


def test_every_prompt_is_written_and_promoted_by_those_who_may() -> None:
    for prompt in prompts.PROMPTS:
        assert ROLES[prompt.promoter, prompt.project] in {"maintainer", "owner"}
        assert all((one.author, prompt.project) in WRITERS for one in prompt.versions)
        assert len(prompt.versions) == 3
    used = [prompt for prompt in prompts.PROMPTS if prompt.name == prompts.EXPLAIN]
    assert [alias for prompt in used for one in prompt.versions for alias in one.aliases] == [
        "production",
        "staging",
    ]


def test_a_training_log_has_a_line_for_every_tenth_step_and_warns_in_colour() -> None:
    steps = range(fraud.TRAIN_STEPS)
    rising = {"train_loss": [0.5 for _ in steps], "validation_loss": [float(one) for one in steps]}
    lines = fraud._training_log(rising).splitlines()
    assert lines[0] == "\x1b[32mINFO\x1b[0m    step    0 train_loss=0.5000 validation_loss=0.0000"
    warnings = [line for line in lines if line.startswith("\x1b[33mWARNING\x1b[0m")]
    assert (len(warnings), len(lines)) == (len(steps) // 10 - 1, len(steps) // 10 * 2 - 1)


def test_passwords_are_random_private_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "demo-people"
    passwords = load_passwords(file)
    assert len(set(passwords.values())) == len(PEOPLE)
    assert all(len(password) >= 12 for password in passwords.values())
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_passwords(file) == passwords


def test_a_studio_that_is_not_running_is_said_in_one_line() -> None:
    with pytest.raises(DemoError, match="make run"):
        Client("http://127.0.0.1:9").sign_in("admin", "correct horse battery")


def test_the_demo_without_a_studio_ends_with_code_1(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "STUDIO_DATA_DIR": str(tmp_path),
        "STUDIO_API_URL": "http://127.0.0.1:9",
        "STUDIO_ADMIN_PASSWORD": "correct horse battery",
    }
    finished = subprocess.run(
        [sys.executable, "-m", "ops.demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "make run" in finished.stderr
    assert not (tmp_path / "demo-people").exists()


def test_the_demo_without_a_password_says_where_it_looked(tmp_path: Path) -> None:
    environment = {**os.environ, "STUDIO_DATA_DIR": str(tmp_path)}
    environment.pop("STUDIO_ADMIN_PASSWORD", None)
    finished = subprocess.run(
        [sys.executable, "-m", "ops.demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert str(tmp_path / "initial-admin-password") in finished.stderr


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A checkout in which `make up` was used, with a certificate that signed itself."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "admin-password").write_text("of-the-server\n")
    (secrets / "tls.crt").write_text(self_signed("localhost")[0])
    return tmp_path


def test_the_demo_fills_the_server_where_nothing_else_runs(server: Path) -> None:
    target = find({"UAC_PORT": str(free_port()), "REQUESTS_CA_BUNDLE": "/etc/all"}, server)
    assert target.address == "https://localhost"
    assert target.password == "of-the-server"
    assert target.ca_file == str(server / "secrets" / "tls.crt")


def test_the_demo_prefers_what_make_run_runs(server: Path) -> None:
    (server / "data").mkdir()
    (server / "data" / "initial-admin-password").write_text("of-the-run\n")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        target = find({"UAC_PORT": str(port)}, server)
    assert target.address == f"http://127.0.0.1:{port}"
    assert target.password == "of-the-run"
    assert target.ca_file is None


def test_the_demo_is_not_for_what_another_checkout_runs(server: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        target = find({"UAC_PORT": str(listening.getsockname()[1])}, server)
    assert (target.address, target.password) == ("https://localhost", "of-the-server")


def test_the_demo_obeys_an_address_and_a_password_that_are_given(server: Path) -> None:
    environment = {
        "STUDIO_API_URL": "https://elsewhere.example.org",
        "STUDIO_ADMIN_USERNAME": "root",
        "STUDIO_ADMIN_PASSWORD": "given",
    }
    target = find(environment, server)
    assert target.address == "https://elsewhere.example.org"
    assert (target.username, target.password) == ("root", "given")
    # A stranger's certificate is not judged by ours.
    assert target.ca_file is None


def test_the_demo_trusts_authorities_where_the_certificate_is_signed_by_one(server: Path) -> None:
    (server / "secrets" / "tls.crt").unlink()
    environment = {"UAC_PORT": str(free_port()), "REQUESTS_CA_BUNDLE": "/etc/all"}
    assert find(environment, server).ca_file == "/etc/all"


def test_a_certificate_that_cannot_be_read_is_said(server: Path) -> None:
    (server / "secrets" / "tls.crt").write_text("no certificate")
    with pytest.raises(DemoError, match="cannot be used"):
        find({"UAC_PORT": str(free_port())}, server)


def test_the_demo_gets_in_where_nobody_kept_the_administrators_password(tmp_path: Path) -> None:
    given = {"STUDIO_DATA_DIR": str(tmp_path), "UAC_PORT": str(free_port())}
    settings = build(given)
    with closing(Database(settings.environment["STUDIO_DATABASE_URL"])) as database:
        upgrade(database)
        add_people(database, CAST)
        target = find(given | {"STUDIO_ADMIN_USERNAME": "admin"})
        assert (target.password, target.local) == (None, True)
        client = Client(target.address)
        sign_in(client, target, given)
        assert client._token is not None
        # Nobody else gets in that way.
        with pytest.raises(DemoError, match="STUDIO_ADMIN_PASSWORD"):
            sign_in(client, replace(target, username="mallory"), given)
        with pytest.raises(DemoError, match="STUDIO_ADMIN_PASSWORD"):
            sign_in(client, replace(target, username="nobody"), given)
        events = database.read(
            lambda session: session.scalars(
                select(Event).where(Event.operation == "sessions.create")
            ).all()
        )
        assert [(event.user, event.target) for event in events] == [("cli", "admin")]
