"""`studio doctor` is silent where all is well, and names each planted fault and its cure."""

from __future__ import annotations

import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from api.conftest import settings
from databases import drop_database, needed_database
from patients import DRAWN, Patient, only
from people import add_people
from processes import SECRET
from uac_api.access.database import Database
from uac_api.access.people.users import get
from uac_api.access.projects.projects import create, draft
from uac_api.doctor import Level, databases, host
from uac_api.migrations import upgrade


def test_a_healthy_stack_is_left_in_peace(patient: Patient) -> None:
    assert patient.findings() == []
    assert patient.run() == (0, "Everything is fit.\n")


def test_every_mistake_in_the_settings_is_named_at_once(patient: Patient) -> None:
    patient.unset("STUDIO_SECRET_KEY")
    patient.set("STUDIO_UPSTREAM_URL", "mlflow:5000")
    patient.set("STUDIO_DATABASE_URL", "oracle://x")
    found = patient.findings()
    assert {one["check"] for one in found} == {"settings"}
    said = " ".join(one["message"] for one in found)
    for name in ("STUDIO_SECRET_KEY", "STUDIO_UPSTREAM_URL", "STUDIO_DATABASE_URL"):
        assert name in said
    assert patient.run()[0] == 1


def test_a_secret_that_was_typed_is_named_but_not_shown(patient: Patient) -> None:
    typed = "change-me-change-me-change-me-change"
    patient.set("STUDIO_SECRET_KEY", typed)
    code, said = patient.run("--json")
    assert code == 1
    assert "STUDIO_SECRET_KEY can be guessed" in said
    assert typed not in said


def test_one_secret_for_two_purposes(patient: Patient) -> None:
    patient.set("STUDIO_SECRET_KEY", SECRET)
    assert any("are the same" in one["message"] for one in patient.findings())


def test_a_secret_file_that_others_may_read(patient: Patient) -> None:
    open_folder = patient.folder / "open"
    open_folder.mkdir()
    open_folder.chmod(0o755)
    file = open_folder / "key"
    file.write_text(DRAWN)
    file.chmod(0o644)
    patient.unset("STUDIO_SECRET_KEY")
    patient.set("STUDIO_SECRET_KEY_FILE", str(file))
    only(patient.findings(), "files", "STUDIO_SECRET_KEY_FILE", "chmod 600")


def test_a_database_file_that_others_may_read(patient: Patient) -> None:
    patient.folder.chmod(0o755)
    (patient.folder / "uac.db").chmod(0o664)
    only(patient.findings(), "files", "uac.db", "664", "chmod 600")


def test_a_database_that_is_away(patient: Patient) -> None:
    patient.set("STUDIO_DATABASE_URL", "mysql+pymysql://uac:pw@127.0.0.1:1/uac")
    only(patient.findings(), "database", "does not answer", "STUDIO_DATABASE_URL")
    assert "pw@" not in patient.run()[1]


def test_a_database_user_with_a_wrong_password(patient: Patient, tmp_path: Path) -> None:
    url = needed_database("mysql", tmp_path)
    try:
        patient.set("STUDIO_DATABASE_URL", url.replace("root", "root:wrong-one", 1))
        only(patient.findings(), "database", "denied")
        assert "wrong-one" not in patient.run()[1]
    finally:
        drop_database(url)


def test_a_database_server_without_a_password(patient: Patient, tmp_path: Path) -> None:
    url = needed_database("postgresql", tmp_path)
    database = Database(url)
    upgrade(database)
    database.close()
    try:
        patient.set("STUDIO_DATABASE_URL", url)
        found = patient.findings()
        only(found, "secrets", "without a password")
        assert found[0]["level"] == Level.WARNING
    finally:
        drop_database(url)


def test_missing_migrations(patient: Patient) -> None:
    patient.set("STUDIO_DATABASE_URL", f"sqlite:///{patient.folder}/new.db")
    only(patient.findings(), "migrations", "at migration none", "studio migrate")


def test_a_database_of_a_newer_version(patient: Patient) -> None:
    database = patient.database()
    with database.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    only(patient.findings(), "migrations", "newer", "backup")


def test_a_clock_that_goes_wrong(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "now", lambda: datetime.now(UTC) + timedelta(seconds=90))
    only(patient.findings(), "clock", "seconds apart", "time server")


def test_a_disk_that_is_nearly_full(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(total=10**12, used=10**12, free=10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    only(patient.findings(), "disk", "MiB are free", "Make room")


def test_under_a_database_server_the_disk_of_the_containers_is_looked_at(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []

    def full(folder: Path) -> SimpleNamespace:
        looked_at.append(folder)
        return SimpleNamespace(total=10**12, used=10**12, free=10**6)

    monkeypatch.setattr(shutil, "disk_usage", full)
    patient.set("STUDIO_DATABASE_URL", "mysql+pymysql://root@127.0.0.1:1/nobody")
    assert "disk" in [one["check"] for one in patient.findings()]
    assert looked_at == [Path.cwd()]


def test_mlflow_that_is_down(patient: Patient) -> None:
    patient.set("STUDIO_UPSTREAM_URL", "http://127.0.0.1:1")
    only(patient.findings(), "mlflow", "cannot be reached", "log")


def test_mlflow_with_another_secret(patient: Patient) -> None:
    patient.set("STUDIO_UPSTREAM_SECRET", DRAWN[::-1])
    only(patient.findings(), "mlflow", "secret", "same STUDIO_UPSTREAM_SECRET")


def test_an_mlflow_that_was_not_started_by_us(patient: Patient, stand_in: dict[str, Any]) -> None:
    stand_in["server-info"] = (200, b'{"workspaces_enabled": false}')
    only(patient.findings(), "mlflow", "not as ours", "mlflow_server.start")


def test_another_version_of_mlflow(patient: Patient, stand_in: dict[str, Any]) -> None:
    stand_in["version"] = (200, b"3.99.0")
    only(patient.findings(), "mlflow version", "3.99.0", "requirements.txt")


def test_each_version_of_mlflow_that_the_table_knows_is_well(
    patient: Patient, stand_in: dict[str, Any]
) -> None:
    stand_in["version"] = (200, b"3.18.0")
    assert patient.findings() == []


def test_an_mlflow_without_its_gate(patient: Patient, stand_in: dict[str, Any]) -> None:
    stand_in["open"] = (200, b"")
    only(patient.findings(), "gate", "wrong secret", "mlflow_server.start")


@pytest.mark.parametrize(
    ("verb", "method", "answer"),
    [
        ("write", "PUT", (500, b"no space left")),
        ("read", "GET", (200, b"something else")),
        ("delete", "DELETE", (403, b"read only")),
    ],
)
def test_an_artifact_store_that_fails(
    patient: Patient, stand_in: dict[str, Any], verb: str, method: str, answer: tuple[int, bytes]
) -> None:
    stand_in[method] = answer
    only(patient.findings(), "artifacts", f"does not {verb}", "MLFLOW_ARTIFACTS_DESTINATION")


def test_a_webhook_into_the_own_network(patient: Patient, stand_in: dict[str, Any]) -> None:
    database = patient.database()
    add_people(database, ("alice",))
    made = draft(slug="fraud", name="", description="", created_by="alice")
    database.write(lambda session: create(session, made, get(session, "alice")))
    database.close()
    stand_in["webhooks"] = (200, b'{"webhooks": [{"name": "ci", "url": "https://10.0.0.7/hook"}]}')
    only(patient.findings(), "webhooks", "'ci'", "fraud", "not public")


def test_a_port_of_mlflow_that_others_reach(patient: Patient) -> None:
    assert patient.findings() == []
    only(patient.findings("--outside", "127.0.0.1"), "mlflow port", "outside", "MLFLOW_HOST")


def test_passwords_in_the_clear(patient: Patient) -> None:
    patient.set("STUDIO_PUBLIC_URL", "http://studio.example.org")
    only(patient.findings(), "tls", "STUDIO_PUBLIC_URL", "certificate")


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("http://127.0.0.1:8501", False),
        ("http://localhost:8501", False),
        ("https://studio.example.org", False),
        ("https://studio.example.org:443", False),
        ("https://ml.example.org:8443", True),
        ("https://192.0.2.7", True),
        ("https://[2001:db8::7]", True),
    ],
)
def test_a_host_that_studio_shares_with_other_services(address: str, shared: bool) -> None:
    found = list(host.host_name(settings("sqlite://", public_url=address)))
    assert [one.check for one in found] == ["host name"] * shared
    assert all("host name of its own" in one.fix and address in one.message for one in found)


def certificate(folder: Path, days: int) -> tuple[Path, Path]:
    """A self-signed certificate for localhost that ends after `days`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    began = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=days + 1, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "tls.crt", folder / "tls.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.fixture
def https(tmp_path: Path) -> Iterator[Callable[[int], str]]:
    """Serves https on localhost with a certificate of so many days."""
    servers = []

    def serve(days: int) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate(tmp_path, days))
        server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"https://localhost:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_certificate_nobody_trusts(patient: Patient, https: Callable[[int], str]) -> None:
    patient.set("STUDIO_PUBLIC_URL", https(90))
    only(patient.findings(), "tls", "not valid", "trust")


def test_a_certificate_that_ends_soon(
    patient: Patient,
    https: Callable[[int], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient.set("STUDIO_PUBLIC_URL", https(9))
    trusting = ssl.create_default_context(cafile=str(tmp_path / "tls.crt"))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    only(patient.findings(), "tls", "ends in 9 days", "Renew")
