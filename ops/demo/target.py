"""Which ML Studio the demo fills, and how it signs in there as the administrator."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.demo.client import Client, DemoError, Refused
from ops.run.ports import is_free
from ops.run.settings import ROOT, build, data_folder, read_ports
from ops.server import certificate


@dataclass(frozen=True)
class Target:
    """An address, an administrator, and the certificate to trust there, if it is not public."""

    address: str
    username: str
    password: str | None
    ca_file: str | None
    # Whether it is `make run` of this machine, whose data folder opens everything anyway.
    local: bool = False


def find(environment: Mapping[str, str], root: Path = ROOT) -> Target:
    """STUDIO_API_URL, else `make run` if it runs, else `make up` if it was used here.

    Raises DemoError if the administrator's password is not known. At `make run` it may be None:
    whoever started it with STUDIO_ADMIN_PASSWORD left it nowhere.
    """
    port = read_ports(environment)["UAC_PORT"]
    local = f"http://127.0.0.1:{port}"
    server_secrets = root / "secrets"
    # What listens there may be another checkout's: without data of its own this one runs nothing.
    runs_here = not is_free(port) and data_folder(environment, root).is_dir()
    on_server = (server_secrets / "admin-password").exists() and not runs_here
    server = environment.get("STUDIO_URL", "https://localhost") if on_server else local
    address = environment.get("STUDIO_API_URL", server)
    https = address.startswith("https://")
    ours = address == environment.get("STUDIO_URL", "https://localhost")
    usual = server_secrets / "admin-password" if https else _first_password(environment, root)
    here = address == local and (data_folder(environment, root) / "secrets").is_dir()
    return Target(
        address=address,
        username=environment.get("STUDIO_ADMIN_USERNAME", "admin"),
        password=_password(environment, usual, may_be_unknown=here),
        local=here,
        ca_file=_ca_file(environment, server_secrets / "tls.crt") if ours else None,
    )


def sign_in(client: Client, target: Target, environment: Mapping[str, str]) -> None:
    """Begin a session of the administrator's. Raises DemoError if there is no way in."""
    if target.password is not None:
        try:
            client.sign_in(target.username, target.password)
        except Refused as refused:
            if refused.status != 401:
                raise
        else:
            return
    token = _local_session(target.username, environment) if target.local else None
    if token is None:
        raise DemoError(
            f"The password of {target.username} is another one now. Set STUDIO_ADMIN_USERNAME and "
            "STUDIO_ADMIN_PASSWORD."
        )
    client.go_on(token)


def _local_session(username: str, environment: Mapping[str, str]) -> str | None:
    """A session out of the data folder of `make run`; None if there is no such administrator."""
    done = subprocess.run(
        [sys.executable, "-m", "ops.run.local_session", username],
        cwd=ROOT,
        env=build(environment).environment_of("uac"),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def _first_password(environment: Mapping[str, str], root: Path) -> Path:
    return data_folder(environment, root) / "initial-admin-password"


def _password(environment: Mapping[str, str], usual: Path, *, may_be_unknown: bool) -> str | None:
    if password := environment.get("STUDIO_ADMIN_PASSWORD"):
        return password
    file = Path(environment.get("STUDIO_ADMIN_PASSWORD_FILE", str(usual)))
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        if may_be_unknown:
            return None
        raise DemoError(
            f"The administrator's password is not known: {file} cannot be read. Start Studio with "
            "`make run` or `make up`, or set STUDIO_ADMIN_USERNAME and STUDIO_ADMIN_PASSWORD."
        ) from error


def _ca_file(environment: Mapping[str, str], server_certificate: Path) -> str | None:
    """Our own certificate if it signed itself, else what a shell names for all programs."""
    try:
        if certificate.read(server_certificate.read_bytes()).ours:
            return str(server_certificate)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise DemoError(f"{server_certificate} cannot be used: {error}") from error
    return environment.get("REQUESTS_CA_BUNDLE")
