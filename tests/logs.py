"""What a module logs, as tests look at it: also after an application has set up the logs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture


def lines_of(module: ModuleType, patch: pytest.MonkeyPatch) -> list[Any]:
    """The lines that the module's `_log` gets from now on, as they come.

    `structlog.testing.capture_logs` does not see loggers that have been used and cached already.
    """
    capture = LogCapture()
    every_level = structlog.make_filtering_bound_logger(0)
    log = structlog.wrap_logger(None, processors=[capture], wrapper_class=every_level)
    patch.setattr(module, "_log", log)
    return capture.entries
