"""MLflow behind its gate: fit, closed to everybody else, able to keep and delete a file."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from ..access.installation.artifact_store import ARTIFACT_FILE
from ..errors import StudioError
from ..mlflow.catalog import Catalog
from ..mlflow.reading import Reading
from ..mlflow.upstream import Upstream
from ..proxy.checks import webhook_urls
from ..settings import Settings
from .finding import Findings, fault, warning

SECONDS = 10.0
# A folder of the artifact store that no project can name: projects lie below workspaces/.
ROOT = "/api/2.0/mlflow-artifacts/artifacts"
FOLDER = f"{ROOT}/studio-doctor"
STANDING = "/mlstudio/standing"
WEBHOOKS = "/api/2.0/mlflow/webhooks"
STORE_FIX = (
    "Look at MLFLOW_ARTIFACTS_DESTINATION: the MLflow server must read, write and delete there "
    "(rights of the folder, free space; for S3 that MLFLOW_S3_ENDPOINT_URL answers, the bucket is "
    "there and the keys may do all three)."
)


def examine(settings: Settings, slugs: list[str], artifact_store: str = "") -> Findings:
    """Everything about MLflow, the first trouble hiding what depends on it.

    `artifact_store` is what the file ARTIFACT_FILE must hold there; empty if there is none yet.
    """
    upstream = _upstream(settings, settings.upstream_secret.get_secret_value())
    try:
        catalog = Catalog(upstream)
        found = [*_probe("mlflow", catalog.ping, "See the MLflow server's log.")]
        if found:
            yield from found
            return
        yield from _version(catalog)
        yield from _reading(upstream)
        yield from _gate(settings)
        yield from _login(upstream)
        unfit = list(_store(upstream))
        yield from unfit or _same_store(upstream, artifact_store)
        yield from _webhooks(upstream, slugs)
    finally:
        upstream.close()


def _upstream(settings: Settings, secret: str) -> Upstream:
    return Upstream(settings.upstream_url, secret, timeout=SECONDS)


def _probe(check: str, probe: Callable[[], object], fix: str) -> Findings:
    try:
        probe()
    except StudioError as error:
        fixes = {
            "mlflow_secret": "Give both the same STUDIO_UPSTREAM_SECRET and restart them.",
            "mlflow_unfit": "Start MLflow by `python -m mlflow_server.start`.",
        }
        yield fault(check, error.message, fixes.get(error.reason, fix))


def _version(catalog: Catalog) -> Findings:
    try:
        catalog.check_version()
    except StudioError as error:
        yield warning("mlflow version", error.message, "Install the pinned requirements.txt.")


def _reading(upstream: Upstream) -> Findings:
    try:
        Reading(upstream).check_schema()
    except StudioError as error:
        yield warning("reading room", error.message, "Install the pinned requirements.txt.")


def _gate(settings: Settings) -> Findings:
    stranger = _upstream(settings, secrets.token_urlsafe(32))
    try:
        Catalog(stranger).ping()
    except StudioError:
        return
    finally:
        stranger.close()
    yield fault(
        "gate",
        "MLflow answers a caller with a wrong secret: whoever reaches its port has everything.",
        "Start MLflow by `python -m mlflow_server.start`, which puts the gate before it.",
    )


def _store(upstream: Upstream) -> Findings:
    name, content = secrets.token_hex(8), secrets.token_bytes(64)
    steps: tuple[tuple[str, str, str, bytes | None], ...] = (
        ("write", "PUT", f"{FOLDER}/{name}", content),
        ("read", "GET", f"{FOLDER}/{name}", None),
        ("delete", "DELETE", f"{FOLDER}/{name}", None),
    )
    for verb, method, target, body in steps:
        said = _said(upstream, method, target, body)
        if said is None or (verb == "read" and said != content):
            yield fault("artifacts", f"The artifact store does not {verb} a file.", STORE_FIX)
            return


def _said(upstream: Upstream, method: str, target: str, body: bytes | None) -> bytes | None:
    headers = {"Content-Type": "application/octet-stream"} if body is not None else {}
    try:
        status, content = upstream.fetch(method, target, workspace=None, headers=headers, body=body)
    except StudioError:
        return None
    return content if status < 300 else None


def _same_store(upstream: Upstream, known: str) -> Findings:
    """Whether MLflow's artifact store is the one of before."""
    if not known:
        return
    found = _said(upstream, "GET", f"{ROOT}/{ARTIFACT_FILE}", None) or b""
    if found.decode("ascii", "replace").strip() != known:
        yield fault(
            "artifacts",
            "The artifact store is another one than before: files that were logged are not there.",
            "Set MLFLOW_ARTIFACTS_DESTINATION back, or move the files "
            "(docs/how-to/install.md, Artifacts on S3). "
            "If it is right as it is: python -m ops.jobs accept-artifacts",
        )


def _login(upstream: Upstream) -> Findings:
    """Whether MLflow's database would let its server in anew."""
    content = _said(upstream, "GET", STANDING, None)
    try:
        refused = json.loads(content or b"{}").get("database", "")
    except (ValueError, AttributeError):
        # An MLflow of a version before does not tell.
        return
    if refused:
        yield fault(
            "mlflow",
            f"MLflow's database refuses a new connection of MLflow's server: {refused}",
            "It has an old password, or the database is away. make up starts it with the one in "
            "secrets/.",
        )


def _webhooks(upstream: Upstream, slugs: list[str]) -> Findings:
    for slug in slugs:
        try:
            _, document = upstream.ask("GET", f"{WEBHOOKS}?max_results=500", workspace=slug)
        except StudioError:
            continue
        for one in document.get("webhooks", []):
            yield from _webhook(slug, one)


def _webhook(slug: str, one: dict[str, Any]) -> Findings:
    try:
        webhook_urls.require_public(str(one.get("url", "")))
    except StudioError:
        yield fault(
            "webhooks",
            f"The webhook '{one.get('name', '')}' of project '{slug}' calls an address that is "
            "not public, or not by https.",
            "An owner of the project deletes it, or gives it a public https address.",
        )
