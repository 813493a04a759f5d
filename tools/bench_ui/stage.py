"""What the interface is measured on: MLflow with 110,010 runs, the UAC API, Studio, Chromium."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from ops.run.settings import ROOT
from ops.run.temporary_server import free_port, temporary_server
from tools.bench import programs
from tools.bench.databases import SQLITE
from tools.bench.many_runs import ManyRuns, fill
from tools.bench.stage import SLUG, Stage, stage
from tools.bench.wire import BenchError
from tools.bench_ui.pages import Mlflow, Studio, open_mlflow, sign_in

# People who work at once.
VIEWERS = tuple(f"viewer-{number:02}" for number in range(30))
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Interfaces:
    """Both interfaces on the same runs."""

    studio: Studio
    mlflow: Mlflow
    there: ManyRuns
    stage: Stage


@contextmanager
def interfaces(folder: Path) -> Iterator[Interfaces]:
    """Starts everything and ends it. Raises BenchError without a browser."""
    browser = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise BenchError("There is no Chromium here. Install the package chromium.")
    made: list[ManyRuns] = []
    with ExitStack() as stack:
        here = stack.enter_context(
            stage(SQLITE, folder, lambda url: made.append(fill(url, SLUG)), VIEWERS)
        )
        port = free_port()
        # Streamlit looks for its settings in the folder where it is started.
        (folder / ".streamlit").symlink_to(ROOT / ".streamlit")
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))},
            "STUDIO_PORT": str(port),
            "STUDIO_API_URL": here.through.url,
            "STUDIO_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "STUDIO_COOKIE_KEY": "a-cookie-key-of-the-bench-that-lives-for-minutes",
            "PYTHONPATH": str(ROOT),
        }
        words = [sys.executable, "-m", "uvicorn", "studio_app.app.server:app"]
        words += ["--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
        words += ["--app-dir", str(ROOT), "--ws-per-message-deflate", "false"]
        studio = stack.enter_context(
            temporary_server(
                "studio", words, environment, port=port, health="/_stcore/health", folder=folder
            )
        ).wait()
        playwright = stack.enter_context(sync_playwright())
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        stack.callback(chromium.close)
        yield Interfaces(
            sign_in(chromium, studio.url, "writer", programs.PEER_PASSWORD),
            open_mlflow(chromium, here.direct.url, dict(here.direct.headers)),
            made[0],
            here,
        )
