"""The stack file for Swarm says what the compose files say, and how replicas are replaced."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from compose_files import Document, configuration
from ops.stack.convert import Given, NotConvertible, stack

EMPTY = "upstream-secret-previous"
ROLLING = {"studio_app", "uac_api", "mlflow_server"}
# What a service of version 3.9 may say, of all that ours say.
SCHEMA = {
    *("cap_drop", "command", "deploy", "environment", "healthcheck", "image", "init", "logging"),
    *("networks", "ports", "read_only", "secrets", "stop_grace_period", "user", "volumes"),
}


def given(compose: Document, **more: Any) -> Given:
    """Secrets that are all different, one of them empty."""
    secrets = {name: b"" if name == EMPTY else f"of {name}".encode() for name in compose["secrets"]}
    return Given(**{"secrets": secrets, "images": {}, "project": "ml-studio", "node": "one"} | more)


@pytest.fixture(params=["mysql", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The database."""
    return str(request.param)


@pytest.fixture
def compose(kind: str) -> Document:
    """What Compose would run."""
    return configuration(kind)


@pytest.fixture
def made(compose: Document) -> Document:
    """The stack file made of it."""
    return stack(compose, given(compose))


def test_every_service_is_there_and_says_only_what_swarm_knows(made: Document, kind: str) -> None:
    assert set(made["services"]) == {"nginx", "migrate", "jobs", kind, *ROLLING}
    for name, service in made["services"].items():
        assert set(service) <= SCHEMA, name


def test_what_a_container_may_do_is_the_same(compose: Document, made: Document) -> None:
    for name, service in made["services"].items():
        said = compose["services"][name]
        for key in ("cap_drop", "read_only", "user", "command", "logging"):
            assert service.get(key) == said.get(key), (name, key)
        limits = service["deploy"]["resources"]["limits"]
        assert limits == {
            "memory": said["mem_limit"],
            "pids": said["pids_limit"],
            "cpus": str(said["cpus"]),
        }, name
        assert set(service["networks"]) == set(said["networks"]), name


def test_replicas_are_as_many_as_the_settings_say() -> None:
    settings = {"UAC_API_REPLICAS": "3", "STUDIO_APP_REPLICAS": "2", "MLFLOW_SERVER_REPLICAS": "4"}
    compose = configuration("mysql", **settings)
    services = stack(compose, given(compose))["services"]
    replicas = {name: service["deploy"]["replicas"] for name, service in services.items()}
    several = {"uac_api": 3, "studio_app": 2, "mlflow_server": 4}
    assert replicas == {**dict.fromkeys(services, 1), **several}


def test_no_node_is_asked_for_more_processors_than_it_has(compose: Document) -> None:
    services = stack(compose, given(compose, processors=1.5))["services"]
    found = {name: one["deploy"]["resources"]["limits"]["cpus"] for name, one in services.items()}
    assert found == {name: "1" if name == "jobs" else "1.5" for name in services}


def test_the_next_replica_is_well_before_the_last_one_ends(made: Document) -> None:
    for name, service in made["services"].items():
        update = service["deploy"]["update_config"]
        assert update["parallelism"] == 1, name
        if name in ROLLING:
            assert (update["order"], update["failure_action"]) == ("start-first", "rollback")
            assert service["deploy"]["rollback_config"]["order"] == "start-first"
        else:
            # Two of a database must not open the same files, nor two of nginx the same port.
            assert update["order"] == "stop-first", name


def test_the_job_ends_and_everything_else_comes_back(made: Document) -> None:
    for name, service in made["services"].items():
        condition = service["deploy"]["restart_policy"]["condition"]
        assert condition == ("on-failure" if name == "migrate" else "any"), name


def test_nobody_is_ended_because_something_else_is_away(made: Document) -> None:
    tests = {name: one["healthcheck"].get("test") for name, one in made["services"].items()}
    assert "/healthz" not in " ".join(tests["nginx"])
    assert [part.rpartition("/")[2] for part in tests["uac_api"][-2:]] == ["readyz", "healthz"]
    assert tests["mlflow_server"][-1] == "--once"
    assert tests["jobs"][-1] == "alive"
    assert made["services"]["migrate"]["healthcheck"] == {"disable": True}


def test_what_has_files_or_a_port_stays_on_one_node(made: Document, kind: str) -> None:
    placed = {
        name: service["deploy"].get("placement", {}).get("constraints")
        for name, service in made["services"].items()
    }
    there = ["node.hostname == one"]
    assert placed == {
        **dict.fromkeys(("nginx", "mlflow_server", "jobs", "migrate", kind), there),
        **dict.fromkeys(("uac_api", "studio_app")),
    }


def test_without_a_named_node_it_is_a_manager(compose: Document) -> None:
    services = stack(compose, given(compose, node=""))["services"]
    assert services["nginx"]["deploy"]["placement"]["constraints"] == ["node.role == manager"]


def test_only_nginx_publishes_a_port_and_sees_who_asks(made: Document) -> None:
    ports = {name: one["ports"] for name, one in made["services"].items() if "ports" in one}
    port = {"target": 8443, "published": 443, "protocol": "tcp", "mode": "host"}
    assert ports == {"nginx": [port]}


def test_secrets_are_files_of_their_reader_alone(compose: Document, made: Document) -> None:
    for name, service in made["services"].items():
        wanted = set(compose["services"][name].get("secrets", [])) - {EMPTY}
        got = service.get("secrets", [])
        assert {secret["target"] for secret in got} == wanted, name
        for secret in got:
            assert (secret["uid"], secret["gid"], secret["mode"]) == ("10001", "10001", 0o400)


def test_an_empty_secret_is_neither_made_nor_named(made: Document) -> None:
    assert EMPTY not in made["secrets"]
    environment = made["services"]["mlflow_server"]["environment"]
    assert "STUDIO_UPSTREAM_SECRET_PREVIOUS_FILE" not in environment
    assert environment["STUDIO_UPSTREAM_SECRET_FILE"] == "/run/secrets/upstream-secret"


def test_a_secret_that_changes_gets_a_new_name_that_does_not_tell_it(compose: Document) -> None:
    before = stack(compose, given(compose))["secrets"]
    contents = dict(given(compose).secrets)
    changed = contents | {"tls.key": b"another"}
    after = stack(compose, given(compose, secrets=changed))["secrets"]
    assert {name for name in before if before[name] != after[name]} == {"tls.key"}
    # The same content under another key: a guess cannot be tried.
    other_key = contents | {"secret-key": b"another"}
    other = stack(compose, given(compose, secrets=other_key))["secrets"]
    assert before["tls.key"]["name"] != other["tls.key"]["name"]


def test_networks_span_the_nodes_encrypted_and_are_as_closed_as_before(
    compose: Document, made: Document
) -> None:
    for name, network in made["networks"].items():
        said = compose["networks"][name] or {}
        assert network["driver"] == "overlay"
        assert network["driver_opts"] == {"encrypted": "true"}
        assert network.get("internal", False) == said.get("internal", False), name
    front = made["networks"]["front"]["ipam"]["config"]
    assert front == compose["networks"]["front"]["ipam"]["config"]
    open_ones = stack(compose, given(compose, encrypted=False))["networks"]
    assert not any("driver_opts" in network for network in open_ones.values())


def test_what_was_in_memory_is_in_memory(made: Document) -> None:
    for name, service in made["services"].items():
        in_memory = {
            mount["target"]: mount["tmpfs"]["size"]
            for mount in service["volumes"]
            if mount["type"] == "tmpfs"
        }
        tmp, shared = in_memory.pop("/tmp"), in_memory  # noqa: S108 - a mount
        assert tmp == (256 if name == "nginx" else 512) << 20
        assert shared == ({"/dev/shm": 256 << 20} if name == "postgresql" else {})  # noqa: S108


def test_images_run_under_the_tag_of_their_content(compose: Document) -> None:
    tagged = given(compose, images={"ml-studio": "ml-studio:0123"})
    services = stack(compose, tagged)["services"]
    assert {services[name]["image"] for name in ROLLING} == {"ml-studio:0123"}
    assert services["nginx"]["image"] == "ml-studio-nginx"


def test_compose_2_says_it_at_length_and_means_the_same(compose: Document, made: Document) -> None:
    told = json.loads(json.dumps(compose))
    told["name"] = "ml-studio"
    for network in told["networks"]:
        told["networks"][network] = {"name": network, **(told["networks"][network] or {})}
    services = told["services"]
    bind = {"mode": "ingress", "host_ip": "10.0.0.5", "protocol": "tcp"}
    services["nginx"]["ports"] = [{**bind, "target": 8443, "published": "443"}]
    for service in services.values():
        service["networks"] = dict.fromkeys(service["networks"])
        secrets = service.get("secrets", [])
        service["secrets"] = [
            {"source": name, "target": f"/run/secrets/{name}"} for name in secrets
        ]
        service["volumes"] = [
            {"type": "volume", **dict(zip(("source", "target"), v.split(":"), strict=True))}
            for v in service.get("volumes", [])
        ]
    assert stack(told, given(told)) == made


def test_what_has_no_place_in_a_stack_is_not_dropped_unseen(compose: Document) -> None:
    compose["services"]["uac_api"]["gpus"] = "all"
    with pytest.raises(NotConvertible, match="no place for gpus of uac_api"):
        stack(compose, given(compose))


def test_a_folder_of_a_machine_that_nobody_named_is_refused(compose: Document) -> None:
    compose["services"]["mlflow_server"]["volumes"] = ["/srv/artifacts:/artifacts"]
    with pytest.raises(NotConvertible, match="/srv/artifacts is a folder of one machine"):
        stack(compose, given(compose, node=""))


def test_backups_may_go_to_a_folder_of_the_node_that_has_the_data(kind: str) -> None:
    compose = configuration(kind, STUDIO_BACKUP_VOLUME="/mnt/backups")
    made = stack(compose, given(compose))
    mounts = made["services"]["jobs"]["volumes"]
    assert {"type": "bind", "source": "/mnt/backups", "target": "/backups"} in mounts
    assert made["services"]["jobs"]["deploy"]["placement"]["constraints"] == [
        "node.hostname == one"
    ]
    assert not {"backups", "/mnt/backups"} & set(made["volumes"])


def run(compose: Document, folder: Path) -> subprocess.CompletedProcess[str]:
    """The program, with what Compose says on its standard input."""
    for name, content in given(compose).secrets.items():
        (folder / name).write_bytes(content)
    command = [sys.executable, "-m", "ops.stack", str(folder), "ml-studio=ml-studio:0123"]
    environment = {**os.environ, "STUDIO_DATA_NODE": "one"}
    return subprocess.run(
        command,
        input=yaml.dump(compose),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_reads_secrets_and_writes_the_file(compose: Document, tmp_path: Path) -> None:
    ended = run(compose, tmp_path)
    assert ended.returncode == 0, ended.stderr
    images = {"ml-studio": "ml-studio:0123"}
    assert json.loads(ended.stdout) == stack(compose, given(compose, images=images))
    assert "of secret-key" not in ended.stdout


def test_the_program_says_in_a_line_what_it_cannot_convert(
    compose: Document, tmp_path: Path
) -> None:
    compose["services"]["nginx"]["privileged"] = True
    ended = run(compose, tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "stack: A stack file has no place for privileged of nginx.\n"


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs Docker's client")
def test_dockers_own_schema_accepts_it(made: Document, tmp_path: Path) -> None:
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(made))
    command = ["docker", "stack", "config", "--compose-file", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
