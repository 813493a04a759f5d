"""A bucket keeps what a folder keeps: backups to S3, and of artifacts that are on S3."""

from __future__ import annotations

from pathlib import Path

import pytest

from installations import Installation, empty
from ops.backup import artifacts
from ops.backup.errors import BackupError
from ops.backup.storage.bucket import Bucket
from s3 import BUCKET, S3

KEY = "Zr4kXw8QyVt1nq3gL0RpUe5hJmAs7Fb2cD"
PLACE = f"s3://{BUCKET}/ml/backups"
LARGE = bytes(range(256)) * 65536


def content(s3: S3, key: str) -> bytes:
    read: bytes = s3.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return read


def put(s3: S3, key: str, what: bytes) -> None:
    s3.client.put_object(Bucket=BUCKET, Key=key, Body=what)


def test_it_keeps_backups_encrypted_and_old_ones_go(
    restored: Installation, s3: S3, tmp_path: Path
) -> None:
    restored.key = KEY
    restored.right("backup", "--to", PLACE)
    assert "0 read anew" in restored.right("backup", "--to", PLACE, "--keep", "1")
    assert len(restored.right("backup", "list", "--from", PLACE).split()) == 1
    assert all(key.startswith("ml/backups/") for key in s3.held())
    assert all(content(s3, key).startswith(b"MLSB1") for key in s3.held())
    copy = empty(tmp_path / "there", key=KEY)
    copy.right("restore", "--from", PLACE, "--verify")
    victim = next(key for key in s3.held() if "/objects/" in key)
    put(s3, victim, content(s3, victim)[:-1] + b"x")
    assert "The artifact" in copy.refused("backup", "verify", "--from", PLACE)


def test_it_can_hold_the_artifacts_themselves(
    restored: Installation, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What has just been uploaded is read once more by the next backup.
    monkeypatch.setattr(artifacts, "SETTLED_NANOSECONDS", -1)
    for file in restored.artifacts.rglob("*"):
        if file.is_file():
            put(s3, f"store/{file.relative_to(restored.artifacts)}", file.read_bytes())
    put(s3, "store/workspaces/large/1/weights.bin", LARGE)
    stored = {key: content(s3, key) for key in s3.held()}
    there = Elsewhere(restored.uac, restored.mlflow, restored.artifacts)
    there.right("backup", "--to", tmp_path / "place")
    assert "0 read anew" in there.right("backup", "--to", tmp_path / "place")
    copy = empty(tmp_path / "there")
    filled = Elsewhere(copy.uac, copy.mlflow, copy.artifacts)
    assert "is not empty" in filled.refused("restore", "--from", tmp_path / "place")
    for key in stored:
        s3.client.delete_object(Bucket=BUCKET, Key=key)
    filled.right("restore", "--from", tmp_path / "place", "--verify")
    assert {key: content(s3, key) for key in s3.held()} == stored


def test_artifacts_and_backups_can_be_in_one_bucket(
    restored: Installation, s3: S3, tmp_path: Path
) -> None:
    put(s3, "store/workspaces/p/1/a.txt", b"of alice")
    Elsewhere(restored.uac, restored.mlflow, restored.artifacts).right("backup", "--to", PLACE)
    copy = empty(tmp_path / "there")
    copy.right("restore", "--from", PLACE, "--verify")
    assert (copy.artifacts / "workspaces/p/1/a.txt").read_bytes() == b"of alice"


class Elsewhere(Installation):
    """An installation whose artifacts are in the bucket."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{BUCKET}/store"}


def test_what_s3_refuses_is_a_sentence(s3: S3) -> None:
    store = Bucket(BUCKET, "")
    assert not store.has("nothing")
    s3.lock_out()
    with pytest.raises(BackupError, match=f"s3://{BUCKET}/locked: .*403"):
        store.has("locked")
    with pytest.raises(BackupError, match="GetObject"):
        next(store.read("locked"))
    with store.incoming() as file, pytest.raises(BackupError, match="PutObject"):
        file.keep("locked")


def test_an_s3_that_is_down_is_a_sentence(restored: Installation, s3: S3) -> None:
    s3.stop()
    assert "Could not connect" in restored.refused("backup", "--to", PLACE)


def test_a_key_that_cannot_be_read_is_a_sentence(
    restored: Installation, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY_FILE", "/nowhere/key")
    assert "AWS_SECRET_ACCESS_KEY_FILE names" in restored.refused("backup", "--to", PLACE)
    assert s3.held() == []
