"""`make up` makes what is missing, for the containers' account alone, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlflow_server.settings import GateSettings
from ops.server.certificate import read, self_signed
from ops.server.secrets import CERTIFICATE, KEY, MADE, make_missing

ROOT = Path(__file__).resolve().parents[2]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_everything_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    said = make_missing(folder, "studio.example.org")
    made = contents(folder)
    assert set(made) == {*MADE, CERTIFICATE, KEY}
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.is_dir(): file.stat().st_mode & 0o777 for file in folder.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
    assert "Browsers will warn" in said[0]
    assert make_missing(folder, "studio.example.org") == []
    assert contents(folder) == made


def test_no_two_secrets_are_alike_and_mlflow_takes_them(tmp_path: Path) -> None:
    make_missing(tmp_path, "localhost")
    texts = {name: (tmp_path / name).read_text().strip() for name in MADE}
    filled = [text for text in texts.values() if text]
    assert len(set(filled)) == len(filled)
    assert [name for name in texts if not texts[name]] == [
        "audit-keys-before",
        "backup-key",
        "upstream-secret-previous",
        "s3-access-key",
        "s3-secret-key",
    ]
    names = {"STUDIO_UPSTREAM_SECRET": "upstream-secret"}
    names["STUDIO_UPSTREAM_SECRET_PREVIOUS"] = "upstream-secret-previous"
    environment = {f"{name}_FILE": str(tmp_path / file) for name, file in names.items()}
    assert GateSettings.load(environment).accepted_secrets == (texts["upstream-secret"],)


def test_our_own_certificate_follows_the_address(tmp_path: Path) -> None:
    make_missing(tmp_path, "localhost")
    make_missing(tmp_path, "studio.example.org")
    assert "studio.example.org" in read((tmp_path / CERTIFICATE).read_bytes()).names


def test_a_certificate_of_an_authority_stays_and_is_warned_about(tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=Elsewhere"]
    command += ["-keyout", str(tmp_path / KEY), "-out", str(tmp_path / CERTIFICATE)]
    subprocess.run(command, check=True, capture_output=True)
    before = (tmp_path / CERTIFICATE).read_bytes()
    (warning,) = make_missing(tmp_path, "studio.example.org")
    assert "is not for studio.example.org" in warning
    assert (tmp_path / CERTIFICATE).read_bytes() == before


def test_a_certificate_with_another_key_is_refused_before_nginx_meets_it(tmp_path: Path) -> None:
    make_missing(tmp_path, "localhost")
    (tmp_path / KEY).write_text(self_signed("localhost")[1])
    with pytest.raises(ValueError, match=r"tls\.key is not the key of secrets/tls\.crt"):
        make_missing(tmp_path, "localhost")
    (tmp_path / KEY).write_text("no key")
    with pytest.raises(ValueError, match="no private key"):
        make_missing(tmp_path, "localhost")


def test_a_key_with_a_passphrase_is_refused(tmp_path: Path) -> None:
    make_missing(tmp_path, "localhost")
    command = ["openssl", "pkey", "-aes128", "-passout", "pass:word", "-in", str(tmp_path / KEY)]
    locked = subprocess.run(command, check=True, capture_output=True).stdout
    (tmp_path / KEY).write_bytes(locked)
    with pytest.raises(ValueError, match="has a passphrase"):
        make_missing(tmp_path, "localhost")


def test_half_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / CERTIFICATE).write_text(self_signed("localhost")[0])
    with pytest.raises(ValueError, match=r"holds tls\.crt only"):
        make_missing(tmp_path, "localhost")


def test_the_program_ends_with_a_sentence_where_it_cannot_work(tmp_path: Path) -> None:
    (tmp_path / KEY).write_text("half")
    environment = {**os.environ, "STUDIO_UID": "10001", "STUDIO_GID": "10001"}
    command = [sys.executable, "-m", "ops.server.secrets", str(tmp_path)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_gives_the_files_to_the_account_of_the_containers(tmp_path: Path) -> None:
    environment = {**os.environ, "STUDIO_UID": "10001", "STUDIO_GID": "10002"}
    command = [sys.executable, "-m", "ops.server.secrets", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    owners = {(file.stat().st_uid, file.stat().st_gid) for file in tmp_path.rglob("*")}
    assert owners == {(10001, 10002)}
