"""The machine around: disk, certificates, and what can be reached from outside."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from ..access.models import now
from ..settings import Settings
from .finding import Findings, fault, warning

SECONDS = 3.0
CERTIFICATE_DAYS = 30
FREE_SHARE, FREE_BYTES = 0.05, 1024**3


def disk(settings: Settings) -> Findings:
    """A disk that is nearly full: SQLite's, or the one on which this runs.

    In a container that is the engine's disk, where the volumes of the databases, the artifacts and
    the backups lie by default.
    """
    url = make_url(settings.database_url)
    folder = Path.cwd()
    if url.get_backend_name() == "sqlite":
        folder = Path(url.database or ".").absolute().parent
    if not folder.exists():
        return
    usage = shutil.disk_usage(folder)
    if usage.free < max(FREE_BYTES, int(usage.total * FREE_SHARE)):
        yield fault(
            "disk",
            f"Only {usage.free / 1024**2:.0f} MiB are free where '{folder}' lies.",
            "Make room, or move the data: a full disk refuses every write.",
        )


def addresses(settings: Settings) -> Findings:
    """Public addresses that send secrets in the clear, and certificates near their end."""
    public = {
        "STUDIO_PUBLIC_URL": settings.public_url,
        "STUDIO_PUBLIC_API_URL": settings.public_api_url,
    }
    for name, address in public.items():
        parts = urlsplit(address)
        if parts.scheme == "http" and not _is_local(parts.hostname or ""):
            yield fault(
                "tls",
                f"{name} is {address}: passwords and tokens travel readable for all.",
                "Put a proxy with a certificate before it and set the https address.",
            )
    for host, port in sorted(
        {
            (parts.hostname or "", parts.port or 443)
            for parts in map(urlsplit, public.values())
            if parts.scheme == "https"
        }
    ):
        yield from _certificate(host, port)


def _certificate(host: str, port: int) -> Findings:
    try:
        ends = _certificate_ends(host, port)
    except ssl.SSLCertVerificationError as error:
        yield fault(
            "tls",
            f"The certificate of {host}:{port} is not valid: {error.verify_message}.",
            "Install a certificate for this name that clients trust.",
        )
        return
    except OSError as error:
        if _is_local(host):
            # In a container this name means the container, where nothing of the kind listens.
            return
        yield warning(
            "tls",
            f"{host}:{port} cannot be reached from here: {error.strerror or error}.",
            "Run the doctor where the public address can be reached, or look at the proxy.",
        )
        return
    days = (ends - now()).days
    if days < CERTIFICATE_DAYS:
        yield warning("tls", f"The certificate of {host} ends in {days} days.", "Renew it.")


def _certificate_ends(host: str, port: int) -> datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=SECONDS) as raw,
        context.wrap_socket(raw, server_hostname=host) as wrapped,
    ):
        certificate = wrapped.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def host_name(settings: Settings) -> Findings:
    """A host that Studio shares: cookies know no ports, so its other services are sent Studio's."""
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if _is_local(host) or (not _is_address(host) and parts.port in (None, 80, 443)):
        return
    yield warning(
        "host name",
        f"Studio is at {settings.public_url}: browsers send its cookies to all other services on "
        "that host as well.",
        "Give Studio a host name of its own, where nothing else answers on any port.",
    )


def mlflow_port(settings: Settings, outside: str | None = None) -> Findings:
    """MLflow's port, as others see it: on this machine's own addresses, or at `outside`."""
    parts = urlsplit(settings.upstream_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    for host in [outside] if outside else sorted(_own_addresses()):
        if _answers(host, port):
            yield fault(
                "mlflow port",
                f"MLflow's port can be reached from outside, at {host}:{port}.",
                "Let MLflow listen on 127.0.0.1 or a private network (MLFLOW_HOST), or close the "
                "port in the firewall: only the UAC API needs it.",
            )


def _own_addresses() -> set[str]:
    """The addresses of this machine that others may use."""
    found: set[str] = set()
    # Connecting a datagram socket sends nothing; it asks the routing table (RFC 5737 addresses).
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                found.add(str(probe.getsockname()[0]))
        except OSError:
            continue
    return {one for one in found if not _is_local(one)}


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=SECONDS):
            return True
    except OSError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
