"""What uvicorn serves: `uvicorn studio_app.app.server:app`, from the root of the repository."""

import gc
import logging
import os
import sys

from configuration.settings import SettingsError
from studio_app.app import log
from studio_app.brand import brand
from studio_app.settings import settings

# What is imported declares caches and dialogs outside of any run of a page. That is as it should
# be, and Streamlit warns of each.
WITHOUT_A_RUN = (
    "streamlit.runtime.caching.cache_data_api",
    "streamlit.runtime.scriptrunner_utils.script_run_context",
)

# Where processors are short, what a script logs goes before the pages that show it. Threads that
# are begun from now on have it too. In containers it says nothing of other containers: there
# `cpu_shares` does the same (docker-compose.yml).
NICE = 10

os.nice(NICE)
try:
    log.configure(level=settings().log_level, traces=settings().traces)
    brand()
except SettingsError as error:
    # A trace would bury the lines that say what to mend.
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
for name in WITHOUT_A_RUN:
    logging.getLogger(name).disabled = True

# Only now: what Streamlit says while the application is put together is a line of the log too.
from studio_app.app.application import app  # noqa: E402

for name in WITHOUT_A_RUN:
    logging.getLogger(name).disabled = False

__all__ = ["app"]

# Streamlit runs a full garbage collection after every script run. Everything imported so far
# lives as long as the process: freezing it cuts an empty rerun from 102 ms to 12 ms.
gc.collect()
gc.freeze()
