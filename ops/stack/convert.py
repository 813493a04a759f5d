"""One Compose configuration becomes one stack file."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.stack import tables

Document = dict[str, Any]

# Its content is the key under which the names of secrets change with their contents.
NAMING_KEY = "secret-key"


class NotConvertible(Exception):
    """The compose files say something that has no place in a stack file; the text says what."""


@dataclass(frozen=True)
class Given:
    """What the compose files do not say.

    `secrets` are contents by name, `images` the tags to run in place of names, `node` has the named
    volumes and the published port (empty: some manager).
    """

    secrets: Mapping[str, bytes]
    images: Mapping[str, str]
    project: str
    node: str = ""
    encrypted: bool = True
    # Of the smallest node, which refuses a limit beyond what it has.
    processors: float | None = None


def stack(compose: Document, given: Given) -> Document:
    """The stack file for what Compose would run. Raises NotConvertible."""
    services = {
        name: said for name, said in compose["services"].items() if not said.get("profiles")
    }
    # Swarm knows no empty secret.
    filled = [name for name in compose["secrets"] if given.secrets[name]]
    return {
        "version": "3.9",
        "services": {
            name: _service(name, said, filled, given) for name, said in sorted(services.items())
        },
        "networks": {
            name: _network(said or {}, given.encrypted)
            for name, said in compose["networks"].items()
        },
        "volumes": {name: {} for name in sorted(_used_volumes(services, given.node))},
        "secrets": {
            name: {"file": compose["secrets"][name]["file"], "name": _secret_name(name, given)}
            for name in filled
        },
    }


def _service(name: str, said: Document, secrets: list[str], given: Given) -> Document:
    if unknown := sorted(set(said) - tables.KEPT - tables.CONVERTED - set(tables.DROPPED)):
        raise NotConvertible(f"A stack file has no place for {', '.join(unknown)} of {name}.")
    made = {key: said[key] for key in sorted(tables.KEPT) if said.get(key) is not None}
    made["image"] = given.images.get(said["image"], said["image"])
    made["environment"] = _environment(said.get("environment") or {}, secrets)
    made["healthcheck"] = _health(name, said["healthcheck"])
    made["networks"] = list(said["networks"])
    if "ports" in said:
        made["ports"] = [_port(port) for port in said["ports"]]
    mounts = [_volume(volume, given.node) for volume in said.get("volumes", [])]
    mounts += [_in_memory(*place.split(":", 1)) for place in said.get("tmpfs", [])]
    if "shm_size" in said:
        mounts.append(_in_memory("/dev/shm", f"size={said['shm_size']}"))  # noqa: S108 - a mount
    made["volumes"] = mounts
    if wanted := _secrets_of(said, secrets):
        made["secrets"] = wanted
    made["deploy"] = _deploy(name, said, given)
    return made


def _health(name: str, said: Document) -> Document:
    test = tables.HEALTH.get(name, said.get("test"))
    if test in (["NONE"], None):
        return {"disable": True}
    made = {**said, "test": test}
    return {**made, "start_period": tables.START_PERIOD} if name in tables.HEALTH else made


def _deploy(name: str, said: Document, given: Given) -> Document:
    rolling = name in tables.ROLLING
    replicas = said.get("scale") or (said.get("deploy") or {}).get("replicas") or 1
    made: Document = {
        "endpoint_mode": tables.ENDPOINT_MODE,
        "replicas": int(replicas),
        "update_config": tables.ROLLING_UPDATE if rolling else tables.OTHER_UPDATE,
        "restart_policy": tables.ONCE if said["restart"] == "no" else tables.ALWAYS,
        "resources": {
            "limits": {
                "memory": str(said["mem_limit"]),
                "pids": int(said["pids_limit"]),
                "cpus": _processors(said, given),
            }
        },
    }
    if rolling:
        made["rollback_config"] = tables.ROLLBACK
    if said.get("ports") or said.get("volumes"):
        place = f"node.hostname == {given.node}" if given.node else "node.role == manager"
        made["placement"] = {"constraints": [place]}
    return made


def _processors(said: Document, given: Given) -> str:
    limit = float(said["cpus"])
    return f"{min(limit, given.processors or limit):g}"


def _environment(said: Mapping[str, Any], secrets: list[str]) -> dict[str, str]:
    """What has a value; the file of a secret that is empty is not named."""
    made = {}
    for key, value in said.items():
        file = str(value).removeprefix("/run/secrets/")
        if value is None or (file != str(value) and file not in secrets):
            continue
        made[key] = str(value)
    return made


def _secrets_of(said: Document, secrets: list[str]) -> list[Document]:
    account, _, group = str(said["user"]).partition(":")
    owner = {"uid": account, "gid": group or account} if account.isdecimal() else {}
    named = [one if isinstance(one, str) else one["source"] for one in said.get("secrets", [])]
    return [
        {"source": name, "target": name, **owner, "mode": 0o400}
        for name in named
        if name in secrets
    ]


def _secret_name(name: str, given: Given) -> str:
    """A secret in Swarm never changes, so a new content gets a new name.

    The name tells nothing of the content to who does not know the key.
    """
    digest = hmac.new(given.secrets[NAMING_KEY], given.secrets[name], hashlib.sha256).hexdigest()
    return f"{given.project}_{name}_{digest[:12]}"


def _network(said: Document, encrypted: bool) -> Document:
    made: Document = {"driver": "overlay"}
    if encrypted:
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


def _volume(said: str | Document, node: str) -> Document:
    if isinstance(said, str):
        source, target, *options = said.split(":")
        kind = "bind" if source.startswith(("/", ".", "~")) else "volume"
        said = {"type": kind, "source": source, "target": target, "read_only": "ro" in options}
    if said["type"] != "volume" and not node:
        raise NotConvertible(
            f"{said['source']} is a folder of one machine. Name that one (STUDIO_DATA_NODE), or "
            "use a named volume."
        )
    made = {key: said[key] for key in ("type", "source", "target")}
    return {**made, "read_only": True} if said.get("read_only") else made


def _used_volumes(services: Mapping[str, Document], node: str) -> set[str]:
    mounts = [_volume(said, node) for one in services.values() for said in one.get("volumes", [])]
    return {str(mount["source"]) for mount in mounts if mount["type"] == "volume"}


def _in_memory(target: str, options: str) -> Document:
    """A place in memory that any account may write, as Docker makes it."""
    said = dict(option.split("=") for option in options.split(","))
    return {"type": "tmpfs", "target": target, "tmpfs": {"size": _bytes(said["size"])}}


def _bytes(size: str) -> int:
    units = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    return int(size) if size.isdecimal() else int(size[:-1]) * units[size[-1].lower()]
