"""A small file system of its own for tests, which can be full or read-only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PIECE = bytes(4096)


@dataclass(frozen=True)
class SmallDisk:
    """Memory that is mounted as a file system at `path`."""

    path: Path

    def fill(self) -> None:
        """Leave no byte free."""
        with suppress(OSError), (self.path / "filler").open("wb", buffering=0) as filler:
            while filler.write(PIECE):
                pass

    def free(self) -> None:
        """Take back what `fill` took."""
        (self.path / "filler").unlink()

    def allow_writing(self, allowed: bool) -> None:
        """Mount it anew, so that it can be written or only read."""
        self.mount("-o", f"remount,{'rw' if allowed else 'ro'}")

    def mount(self, *options: str) -> None:
        """Mount it with these options."""
        words = ["mount", "-t", "tmpfs", *options, "tmpfs", str(self.path)]
        subprocess.run(words, check=True)


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A file system of so many megabytes. Only root may mount: for others the test is skipped."""
    if os.geteuid() != 0:
        sentence = "ONLY ROOT MAY MOUNT: tests of full and read-only disks cannot run"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    path.mkdir()
    disk = SmallDisk(path)
    disk.mount("-o", f"size={megabytes}m")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
