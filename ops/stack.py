"""`python -m ops.stack <secrets folder> [image=tagged ...]` makes a stack file for Swarm.

It reads what `docker compose config` says (of version 2 or of docker-compose 1.29) and writes JSON
that `docker stack deploy` takes. `make stack` runs it in the image. What Swarm knows no way for
(order of start, no-new-privileges, a build) is left out by name in DROPPED; a key that stands in no
table here is an error, so nothing is lost unseen. Exit codes: 0, or 2 with a sentence.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

# The node that keeps the named volumes and publishes the port; else a manager does.
DATA_NODE = "STUDIO_DATA_NODE"
ENCRYPTED = "STUDIO_STACK_ENCRYPTED"
# Its content is the key under which the names of secrets change with their contents.
NAMING_KEY = "secret-key"

# These three answer several at a time: the next one is well before the one before ends.
ROLLING = ("studio_app", "uac_api", "mlflow_server")
KEPT = {
    *("cap_drop", "command", "entrypoint", "environment", "healthcheck", "image", "init"),
    *("logging", "read_only", "stop_grace_period", "user"),
}
CONVERTED = {
    *("deploy", "mem_limit", "networks", "pids_limit", "ports", "restart", "scale", "secrets"),
    *("shm_size", "tmpfs", "volumes"),
}
DROPPED = {
    "build": "images are built, or pulled, before",
    "depends_on": "every service waits for the others by itself",
    "security_opt": "for the whole engine: docs/operations.md",
    "profiles": "a service with one is left out",
}

ROLLING_UPDATE = {
    "parallelism": 1,
    "order": "start-first",
    "failure_action": "rollback",
    "monitor": "20s",
}
# Two of a database must never have the same files open.
OTHER_UPDATE = {"parallelism": 1, "order": "stop-first", "failure_action": "pause"}
ALWAYS = {"condition": "any", "delay": "1s"}
# A job that has ended well stays ended.
ONCE = {"condition": "on-failure", "delay": "5s"}


class NotConvertible(Exception):
    """The compose files say something that has no place in a stack file; the text says what."""


def stack(
    compose: Document, contents: Mapping[str, bytes], images: Mapping[str, str], node: str = ""
) -> Document:
    """The stack file for what Compose would run.

    `contents` are the secrets by name, `images` the tags to run in place of the names. Raises
    NotConvertible.
    """
    services = {
        name: service
        for name, service in compose["services"].items()
        if not service.get("profiles")
    }
    given = {name: contents[name] for name in compose["secrets"] if contents[name]}
    return {
        "version": "3.9",
        "services": {
            name: _service(name, service, given, images, node)
            for name, service in sorted(services.items())
        },
        "networks": {name: _network(said or {}) for name, said in compose["networks"].items()},
        "volumes": {name: {} for name in sorted(_used_volumes(services))},
        "secrets": {
            name: {"file": secret["file"], "name": _secret_name(compose, name, given)}
            for name, secret in compose["secrets"].items()
            if name in given
        },
    }


def _service(
    name: str,
    said: Document,
    secrets: Mapping[str, bytes],
    images: Mapping[str, str],
    node: str,
) -> Document:
    if unknown := sorted(set(said) - {*KEPT, *CONVERTED, *DROPPED}):
        raise NotConvertible(f"A stack file has no place for {', '.join(unknown)} of {name}.")
    made = {key: said[key] for key in sorted(KEPT) if said.get(key) is not None}
    made["image"] = images.get(said["image"], said["image"])
    made["environment"] = _environment(said.get("environment") or {}, secrets)
    if (test := said["healthcheck"].get("test")) in (["NONE"], None):
        made["healthcheck"] = {"disable": True}
    elif isinstance(test, list):
        made["healthcheck"] = {key: str(value) for key, value in said["healthcheck"].items()}
        made["healthcheck"] |= {"test": test, "retries": said["healthcheck"]["retries"]}
    made["networks"] = list(said["networks"])
    if "ports" in said:
        made["ports"] = [_port(port) for port in said["ports"]]
    mounts = [_volume(volume) for volume in said.get("volumes", [])]
    mounts += [_in_memory(*place.split(":", 1)) for place in said.get("tmpfs", [])]
    if "shm_size" in said:
        mounts.append(_in_memory("/dev/shm", f"size={said['shm_size']}"))  # noqa: S108 - a mount
    made["volumes"] = mounts
    if wanted := _secrets_of(said, secrets):
        made["secrets"] = wanted
    made["deploy"] = _deploy(name, said, node)
    return made


def _deploy(name: str, said: Document, node: str) -> Document:
    rolling = name in ROLLING
    limits: Document = {"memory": str(said["mem_limit"]), "pids": int(said["pids_limit"])}
    made = {
        # Every name means the addresses of all that are well. nginx and the API choose among them
        # and try the next; a virtual address in between would hide that one is gone.
        "endpoint_mode": "dnsrr",
        "replicas": int(said.get("scale") or (said.get("deploy") or {}).get("replicas") or 1),
        "update_config": dict(ROLLING_UPDATE if rolling else OTHER_UPDATE),
        "restart_policy": dict(ONCE if said["restart"] == "no" else ALWAYS),
        "resources": {"limits": limits},
    }
    if rolling:
        made["rollback_config"] = {"parallelism": 1, "order": "start-first"}
    if said.get("ports") or said.get("volumes"):
        place = f"node.hostname == {node}" if node else "node.role == manager"
        made["placement"] = {"constraints": [place]}
    return made


def _environment(said: Mapping[str, Any], secrets: Mapping[str, bytes]) -> dict[str, str]:
    """What has a value; Swarm knows no empty secret, so its file is not named either."""
    made = {}
    for key, value in said.items():
        file = str(value).removeprefix("/run/secrets/")
        if value is None or (file != str(value) and file not in secrets):
            continue
        made[key] = str(value)
    return made


def _secrets_of(said: Document, secrets: Mapping[str, bytes]) -> list[Document]:
    account, _, group = str(said["user"]).partition(":")
    wanted = []
    for secret in said.get("secrets", []):
        source = secret if isinstance(secret, str) else secret["source"]
        if source in secrets:
            owner = {"uid": account, "gid": group or account} if account.isdecimal() else {}
            wanted.append({"source": source, "target": source, **owner, "mode": 0o400})
    return wanted


def _secret_name(compose: Document, name: str, contents: Mapping[str, bytes]) -> str:
    """A secret in Swarm never changes, so a new content gets a new name.

    The name tells nothing of the content to who does not know the key.
    """
    digest = hmac.new(contents[NAMING_KEY], contents[name], hashlib.sha256).hexdigest()[:12]
    project = compose.get("name") or os.environ.get("COMPOSE_PROJECT_NAME", "ml-studio")
    return f"{project}_{name}_{digest}"


def _network(said: Document) -> Document:
    made: Document = {"driver": "overlay"}
    if (os.environ.get(ENCRYPTED) or "true") == "true":
        made["driver_opts"] = {"encrypted": "true"}
    if said.get("internal"):
        made["internal"] = True
    if subnets := (said.get("ipam") or {}).get("config"):
        made["ipam"] = {"config": [{"subnet": part["subnet"]} for part in subnets]}
    return made


def _port(said: str | Document) -> Document:
    """On the node itself: Swarm's own balancing would hide the address of who asks."""
    if isinstance(said, str):
        published, target = said.split("/")[0].split(":")[-2:]
        said = {"published": published, "target": target}
    ports = {"target": int(said["target"]), "published": int(said["published"])}
    return {**ports, "protocol": "tcp", "mode": "host"}


def _volume(said: str | Document) -> Document:
    if isinstance(said, str):
        source, target, *options = said.split(":")
        said = {"type": "volume", "source": source, "target": target, "read_only": "ro" in options}
    if said["type"] != "volume":
        raise NotConvertible(f"{said['source']} is a folder of one machine. Use a named volume.")
    made = {key: said[key] for key in ("type", "source", "target")}
    return {**made, "read_only": True} if said.get("read_only") else made


def _used_volumes(services: Mapping[str, Document]) -> set[str]:
    mounts = [_volume(said) for one in services.values() for said in one.get("volumes", [])]
    return {str(mount["source"]) for mount in mounts}


def _in_memory(target: str, options: str) -> Document:
    """A place in memory that any account may write, as Docker makes it."""
    said = dict(option.split("=") for option in options.split(","))
    return {"type": "tmpfs", "target": target, "tmpfs": {"size": _bytes(said["size"])}}


def _bytes(size: str) -> int:
    units = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    return int(size) if size.isdecimal() else int(size[:-1]) * units[size[-1].lower()]


def main() -> int:
    """Read the configuration, write the stack file; the exit code."""
    folder, *pairs = sys.argv[1:]
    compose = yaml.safe_load(sys.stdin)
    try:
        contents = {name: (Path(folder) / name).read_bytes() for name in compose["secrets"]}
        images = dict(pair.split("=", 1) for pair in pairs)
        made = stack(compose, contents, images, os.environ.get(DATA_NODE, ""))
    except (NotConvertible, OSError) as error:
        sys.stderr.write(f"stack: {error}\n")
        return 2
    json.dump(made, sys.stdout, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
