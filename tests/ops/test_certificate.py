"""A certificate that was made here works for its host, and for no other."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.server.certificate import Certificate, read, self_signed

HOST = "studio.example.org"


def test_a_strict_client_trusts_it_for_its_host_and_this_machine_alone(tmp_path: Path) -> None:
    text, key = self_signed(HOST)
    (tmp_path / "tls.crt").write_text(text)
    (tmp_path / "tls.key").write_text(key)
    trust = ssl.create_default_context(cafile=str(tmp_path / "tls.crt"))
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in (HOST, "localhost", "127.0.0.1"):
        greet(tmp_path, trust, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="elsewhere"):
        greet(tmp_path, trust, "elsewhere.example.org")


def greet(folder: Path, trust: ssl.SSLContext, name: str) -> None:
    """A TLS handshake with a server that has the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with context.wrap_socket(theirs, server_side=True):
                pass
        except (ssl.SSLError, OSError):
            theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        with trust.wrap_socket(ours, server_hostname=name):
            pass
    finally:
        ours.close()
        server.join()


def test_it_is_known_as_ours_and_nobody_has_to_complain() -> None:
    found = read(self_signed(HOST)[0].encode())
    assert found.ours
    assert found.names == {HOST, "localhost", "127.0.0.1", "::1"}
    assert found.warnings(HOST) == []


def test_another_host_and_an_end_are_told() -> None:
    old = Certificate(False, frozenset({"a.example.org"}), datetime.now(UTC) - timedelta(days=1))
    assert len(old.warnings(HOST)) == 2
    assert "not for studio.example.org" in old.warnings(HOST)[0]
    assert "expired" in old.warnings(HOST)[1]


def test_a_wildcard_is_enough() -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    assert Certificate(False, frozenset({"*.example.org"}), later).warnings(HOST) == []


def test_what_is_no_certificate_is_said() -> None:
    with pytest.raises(ValueError, match="no certificate in PEM form"):
        read(b"hello")
