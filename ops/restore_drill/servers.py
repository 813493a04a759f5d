"""MLflow and the UAC API on the copies of a drill, for this machine's own eyes alone."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from ops.run.temporary_server import UAC_COMMAND, free_port, temporary_server

# What a program needs to run at all. Everything else of the environment is the installation's:
# its databases, its secrets, its identity provider, its collector of traces.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH")
HERE = "127.0.0.1"


@contextmanager
def serve(databases: Mapping[str, URL], artifacts: Path, folder: Path) -> Iterator[str]:
    """The address of a UAC API that is ready, before an MLflow, both on the copies.

    Secrets are made for them, so that nothing of the installation opens them, nor they anything of
    it. Raises ServerFailed.
    """
    urls = {what: url.render_as_string(hide_password=False) for what, url in databases.items()}
    shared = {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        # What programs keep for later, they keep where it is removed.
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONUNBUFFERED": "1",
        "STUDIO_UPSTREAM_SECRET": secrets.token_urlsafe(48),
    }
    mlflow_port, uac_port = free_port(), free_port()
    mlflow = {
        **shared,
        "MLFLOW_HOST": HERE,
        "MLFLOW_PORT": str(mlflow_port),
        "MLFLOW_WORKERS": "1",
        "MLFLOW_BACKEND_STORE_URI": urls["mlflow"],
        "MLFLOW_ARTIFACTS_DESTINATION": str(artifacts),
    }
    uac = {
        **shared,
        "UAC_HOST": HERE,
        "UAC_PORT": str(uac_port),
        "UAC_WORKERS": "1",
        "STUDIO_DATABASE_URL": urls["uac"],
        "STUDIO_SECRET_KEY": secrets.token_urlsafe(48),
        "STUDIO_UPSTREAM_URL": f"http://{HERE}:{mlflow_port}",
    }
    mlflow_words = [sys.executable, "-m", "mlflow_server.start"]
    with (
        temporary_server(
            "mlflow", mlflow_words, mlflow, port=mlflow_port, health="/health", folder=folder
        ) as upstream,
        temporary_server(
            "uac",
            UAC_COMMAND,
            uac,
            port=uac_port,
            health="/readyz",
            folder=folder,
        ) as api,
    ):
        upstream.wait()
        yield api.wait().url
