"""How gunicorn serves uac_api: a few processes with many threads, and a graceful end.

It is given to gunicorn by its path (`--config uac_api/serving/gunicorn.py`; in the image it is
`/app/gunicorn.conf.py`). By its name (`python:uac_api...`) the package would be imported first.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

# Every worker keeps its numbers in a file here, so that any of them can answer for all. The
# library looks for it when it is first imported: after that every worker would tell of itself only.
if "prometheus_client" in sys.modules and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    raise RuntimeError("Give gunicorn this file by its path: --config uac_api/serving/gunicorn.py")
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="mlstudio-metrics-"))

host = os.environ.get("UAC_HOST", "127.0.0.1")
bind = f"{host}:{os.environ.get('UAC_PORT', '5001')}"
worker_class = "uac_api.serving.worker.StudioWorker"
workers = int(os.environ.get("UAC_WORKERS", "2"))
threads = int(os.environ.get("UAC_THREADS", "64"))
worker_connections = int(os.environ.get("UAC_CONNECTIONS", "1000"))
keepalive = 75
timeout = 120
graceful_timeout = 30
accesslog = None  # access_log.py writes one JSON line per request
errorlog = "-"
loglevel = "warning"
# gunicorn's own lines, also those before the application is there and has set up the rest.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "telemetry.log_lines.JsonLines", "service": "uac_api"}},
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["json"]},
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": ["json"], "propagate": False}},
}
# Ids by the hundred stand in the query of a GET; plain MLflow takes as much. `worker.py` lifts
# gunicorn's own cap. All of a head together is limited in `framing.py`.
limit_request_line = 64 * 1024
limit_request_fields = 100
forwarded_allow_ips = ""


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the files of the numbers."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Begin to seal the audit trail, learn the limits of projects, and say that we are here."""
    services = worker.app.callable.extensions["studio"]
    services.sealer.start()
    services.meter.start()
    services.presence.start()


def worker_exit(_server: Any, worker: Any) -> None:
    """Write the counts and events that still wait, and seal these; send the last spans."""
    from telemetry import spans

    app = worker.app.callable
    if app is not None:
        services = app.extensions["studio"]
        services.meter.stop()
        services.trail.stop()
        services.sealer.stop()
        services.presence.stop()
    spans.stop()
