"""A bucket keeps what a folder keeps. The client is a stand-in with the six calls that are used."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from installations import Installation, empty
from ops.backup import bucket
from ops.backup.bucket import Bucket
from ops.backup.errors import BackupError

KEY = "Zr4kXw8QyVt1nq3gL0RpUe5hJmAs7Fb2cD"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """As boto3's ClientError."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.response = {"ResponseMetadata": {"HTTPStatusCode": status}}


class StandIn:
    """One S3 in memory; what is named `locked` may not be touched."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get_paginator(self, name: str) -> StandIn:
        assert name == "list_objects_v2"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        assert asked["Bucket"] == "bucket"
        yield {}
        for key in sorted(self.kept):
            if key.startswith(asked["Prefix"]):
                size = len(self.kept[key])
                yield {"Contents": [{"Key": key, "Size": size, "LastModified": LONG_AGO}]}

    def head_object(self, **asked: Any) -> None:
        self.get_object(**asked)

    def get_object(self, **asked: Any) -> dict[str, Any]:
        if "locked" in asked["Key"]:
            raise Refused(403)
        if asked["Key"] not in self.kept:
            raise Refused(404)
        return {"Body": io.BytesIO(self.kept[asked["Key"]])}

    def upload_fileobj(self, file: Any, name: str, key: str) -> None:
        assert name == "bucket"
        if "locked" in key:
            raise Refused(403)
        self.kept[key] = file.read()

    def delete_object(self, **asked: Any) -> None:
        self.kept.pop(asked["Key"], None)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = StandIn()
    monkeypatch.setattr(bucket, "client", lambda: made)
    return made


def test_it_keeps_backups_encrypted_and_old_ones_go(
    restored: Installation, s3: StandIn, tmp_path: Path
) -> None:
    restored.key = KEY
    place = "s3://bucket/ml/backups"
    restored.right("backup", "--to", place)
    assert "0 read anew" in restored.right("backup", "--to", place, "--keep", "1")
    assert len(restored.right("backup", "list", "--from", place).split()) == 1
    assert all(key.startswith("ml/backups/") for key in s3.kept)
    assert all(content.startswith(b"MLSB1") for content in s3.kept.values())
    copy = empty(tmp_path / "there", key=KEY)
    copy.right("restore", "--from", place, "--verify")
    victim = next(key for key in s3.kept if "/objects/" in key)
    s3.kept[victim] = s3.kept[victim][:-1] + b"x"
    assert "The artifact" in copy.refused("backup", "verify", "--from", place)


def test_it_can_hold_the_artifacts_themselves(
    restored: Installation, s3: StandIn, tmp_path: Path
) -> None:
    for file in restored.artifacts.rglob("*"):
        if file.is_file():
            s3.kept[f"store/{file.relative_to(restored.artifacts)}"] = file.read_bytes()
    stored = dict(s3.kept)
    there = Elsewhere(restored.uac, restored.mlflow, restored.artifacts)
    there.right("backup", "--to", tmp_path / "place")
    assert "0 read anew" in there.right("backup", "--to", tmp_path / "place")
    copy = empty(tmp_path / "there")
    filled = Elsewhere(copy.uac, copy.mlflow, copy.artifacts)
    assert "is not empty" in filled.refused("restore", "--from", tmp_path / "place")
    s3.kept.clear()
    filled.right("restore", "--from", tmp_path / "place", "--verify")
    assert s3.kept == stored


class Elsewhere(Installation):
    """An installation whose artifacts are in the bucket."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "MLFLOW_ARTIFACTS_DESTINATION": "s3://bucket/store"}


def test_what_s3_refuses_is_a_sentence(s3: StandIn) -> None:
    store = Bucket("bucket", "", s3)
    with pytest.raises(BackupError, match="s3://bucket/locked: status 403"):
        store.has("locked")
    with pytest.raises(BackupError, match="403"):
        next(store.read("locked"))
    with store.incoming() as file, pytest.raises(BackupError, match="403"):
        file.keep("locked")
    assert not store.has("nothing")


def test_without_boto3_it_says_what_to_install(
    restored: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(bucket, "import_module", missing)
    assert "pip install 'boto3" in restored.refused("backup", "--to", "s3://bucket/path")
