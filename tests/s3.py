"""A real S3 on a port of its own, which can go away and comes back with what it held."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import urllib3
from moto.server import ThreadedMotoServer

from processes import free_port

BUCKET = "estate"
ACCESS_KEY, SECRET_ACCESS_KEY = "AKIAOFTHETESTS00", "a-secret-access-key-of-the-tests"
REGION = "us-east-1"


@dataclass
class S3:
    """The server; `held` lists the objects."""

    port: int = field(default_factory=free_port)
    server: ThreadedMotoServer | None = field(default=None)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> Any:
        """boto3's client for it."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )

    def start(self) -> None:
        """Answer."""
        self.server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self.server.start()

    def stop(self) -> None:
        """Go away; what it holds stays."""
        if self.server is not None:
            self.server.stop()
            self.server = None

    def forget(self) -> None:
        """Hold one empty bucket, and let everybody in."""
        urllib3.request("POST", f"{self.url}/moto-api/reset")
        self.let_in()
        self.client.create_bucket(Bucket=BUCKET)

    def lock_out(self) -> None:
        """Know nobody's key from now on."""
        self._allowed(0)

    def let_in(self) -> None:
        """Know everybody's key."""
        self._allowed(1_000_000_000)

    def _allowed(self, calls: int) -> None:
        answer = urllib3.request("POST", f"{self.url}/moto-api/reset-auth", body=str(calls))
        assert answer.status == 200

    def held(self) -> list[str]:
        """The names of all objects."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def settings(self, folder: Path) -> dict[str, str]:
        """What tells a program of ours where it is, its keys as files."""
        files = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY}
        for name, value in files.items():
            (folder / name).write_text(f"{value}\n")
        return {
            "MLFLOW_S3_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            **{f"{name}_FILE": str(folder / name) for name in files},
        }
