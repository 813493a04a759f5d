"""A bucket of S3, or of a server that speaks the same, by the client that MLflow uses too."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import boto3

from ops.backup.errors import BackupError
from ops.backup.settings import s3_access
from ops.backup.storage.stores import PART, Found, Incoming

# Up to here a new file waits in memory until it is whole, then on the disk.
IN_MEMORY = 8 * 1024 * 1024


def client() -> Any:
    """boto3's client with the credentials and the endpoint that MLflow has."""
    return boto3.client("s3", **s3_access())


class Bucket:
    """The objects below a prefix. S3 has no lock: run one backup to a place at a time."""

    def __init__(self, bucket: str, prefix: str, s3: Any = None) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._s3 = s3 or client()

    def files(self, below: str = "") -> Iterator[Found]:
        """Every object, in the order of their keys."""
        start = self._key(f"{below}/" if below else "")
        pages = self._s3.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self._bucket, Prefix=start):
                yield from self._found(page.get("Contents", []))
        except Exception as error:
            raise self._refused(below, error) from error

    def _found(self, contents: list[Any]) -> Iterator[Found]:
        for one in contents:
            # A key with a slash at its end is what some programs make for an empty folder.
            if not one["Key"].endswith("/"):
                changed = int(one["LastModified"].timestamp() * 1_000_000_000)
                yield Found(one["Key"].removeprefix(self._prefix), one["Size"], changed)

    def has(self, path: str) -> bool:
        """Whether it is there."""
        try:
            self._s3.head_object(Bucket=self._bucket, Key=self._key(path))
        except Exception as error:
            if _status(error) == 404:
                return False
            raise self._refused(path, error) from error
        return True

    def read(self, path: str) -> Iterator[bytes]:
        """Its content in parts."""
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=self._key(path))["Body"]
            while part := body.read(PART):
                yield part
        except Exception as error:
            if _status(error) == 404:
                raise FileNotFoundError(path) from error
            raise self._refused(path, error) from error

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """A new file."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            yield _NewObject(self, file)

    def remove(self, path: str) -> None:
        """Delete it."""
        try:
            self._s3.delete_object(Bucket=self._bucket, Key=self._key(path))
        except Exception as error:
            raise self._refused(path, error) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nothing: S3 has no lock."""
        yield

    def sync(self) -> None:
        """Nothing: S3 has kept what it acknowledged."""

    def upload(self, file: Any, path: str) -> None:
        """Put a whole file there."""
        try:
            self._s3.upload_fileobj(file, self._bucket, self._key(path))
        except Exception as error:
            raise self._refused(path, error) from error

    def _key(self, path: str) -> str:
        return f"{self._prefix}{path}"

    def _refused(self, path: str, error: Exception) -> Exception:
        if isinstance(error, BackupError):
            return error
        return BackupError(f"s3://{self._bucket}/{self._key(path)}: {error}")


class _NewObject:
    def __init__(self, bucket: Bucket, file: IO[bytes]) -> None:
        self._bucket, self._file = bucket, file

    def write(self, part: bytes) -> None:
        """Add to it."""
        self._file.write(part)

    def keep(self, path: str, changed: int | None = None) -> None:  # noqa: ARG002 (S3 sets the time)
        """Upload it: S3 shows an object whole or not at all."""
        self._file.seek(0)
        self._bucket.upload(self._file, path)


def _status(error: Exception) -> int:
    """The HTTP status of boto3's ClientError; 0 for anything else."""
    said = getattr(error, "response", {})
    return int(said.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
