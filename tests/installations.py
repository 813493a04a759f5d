"""An ML Studio that is not running: two databases, a folder of artifacts, and `studio` for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from databases import needed_database
from ops.studio import app
from processes import SECRET, SECRET_KEY
from uac_api.access.database import Database


@dataclass
class Installation:
    """Its settings, as they stand in the environment of a command."""

    uac: str
    mlflow: str
    artifacts: Path
    key: str = field(default="")
    upstream: str = field(default="")

    @property
    def environment(self) -> dict[str, str]:
        """What `studio backup`, `studio restore` and `studio adopt` read."""
        running = {"STUDIO_UPSTREAM_URL": self.upstream} if self.upstream else {}
        return {
            **running,
            "STUDIO_DATABASE_URL": self.uac,
            "MLFLOW_BACKEND_STORE_URI": self.mlflow,
            "MLFLOW_ARTIFACTS_DESTINATION": str(self.artifacts),
            "STUDIO_SECRET_KEY": SECRET_KEY,
            "STUDIO_UPSTREAM_SECRET": SECRET,
            "STUDIO_BACKUP_KEY": self.key,
        }

    def studio(self, *words: str | Path) -> tuple[int, str]:
        """Run a command: (exit status, what it said)."""
        with mlflow_may_be_old():
            done = CliRunner().invoke(app, [str(word) for word in words], env=self.environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    def right(self, *words: str | Path) -> str:
        """Run a command that must succeed: what it said."""
        code, said = self.studio(*words)
        assert code == 0, said
        return said

    def refused(self, *words: str | Path) -> str:
        """Run a command that must fail with a sentence: the sentence."""
        code, said = self.studio(*words)
        assert code == 1, said
        assert "Traceback" not in said
        return said

    def database(self) -> closing[Database]:
        """Its UAC database."""
        return closing(Database(self.uac))


def empty(folder: Path, kind: str = "sqlite", key: str = "") -> Installation:
    """One with nothing in it, on a kind of database."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        uac, mlflow = (f"sqlite:///{folder}/{name}.db" for name in ("uac", "mlflow"))
    else:
        uac, mlflow = (needed_database(kind, folder) for _ in range(2))
    return Installation(uac, mlflow, folder / "artifacts", key)


@contextmanager
def mlflow_may_be_old() -> Iterator[None]:
    """MLflow, in this process for once, uses what others have deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
