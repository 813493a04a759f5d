"""A fresh clone, as far as a script of a server looks; its Docker writes down what it is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OPS = Path(__file__).resolve().parents[1] / "ops"


@dataclass
class Checkout:
    """A folder with a script, and a Docker of the test's."""

    folder: Path
    script: str

    @property
    def calls(self) -> list[str]:
        """What Docker was asked."""
        return (self.folder / "calls").read_text().splitlines()

    @property
    def kept(self) -> dict[str, str]:
        """What stands in .env."""
        lines = (self.folder / ".env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def make(self, what: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        known["PATH"] = f"{self.folder / 'bin'}:{known['PATH']}"
        return subprocess.run(
            ["sh", f"ops/{self.script}", what],
            cwd=self.folder,
            env={**known, "CALLS": str(self.folder / "calls"), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def have(self, trouble: str, said: str = "") -> None:
        """Docker is in trouble, or says this, from now on."""
        (self.folder / f"calls.{trouble}").write_text(said)

    def have_no_more(self, trouble: str) -> None:
        """The trouble is over."""
        (self.folder / f"calls.{trouble}").unlink()


def clone(folder: Path, script: str, docker: str) -> Checkout:
    """The script with what it reads, and this text as the program `docker`."""
    (folder / "ops").mkdir()
    for name in (script, "server_parts.sh"):
        shutil.copy(OPS / name, folder / "ops")
    (folder / "bin").mkdir()
    (folder / "bin" / "docker").write_text(docker)
    (folder / "bin" / "docker").chmod(0o755)
    return Checkout(folder, script)
