"""Whether the process `jobs` of this machine works, and whether its databases let it in.

It touches two files, in memory. Looking at them costs nothing: it is done every few seconds.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

# When the process last looked for work, or worked; and when its databases last let it in.
PULSE = Path(tempfile.gettempdir()) / "ml-studio-jobs-alive"
REACHED = Path(tempfile.gettempdir()) / "ml-studio-jobs-reached"
FRESH_SECONDS = 90.0
# What may be asked, and what must be fresh for a yes.
QUESTIONS = {"alive": (PULSE,), "healthy": (PULSE, REACHED)}


def says_yes(question: str) -> bool:
    """Whether everything that the question is about is fresh."""
    return all(map(is_fresh, QUESTIONS[question]))


def is_fresh(file: Path) -> bool:
    """Whether the process has touched the file in the last minute and a half.

    A job that takes longer than STUDIO_JOB_LONGEST_HOURS is no work any more.
    """
    try:
        # A clock that was set back must not make a dead process healthy.
        return abs(time.time() - file.stat().st_mtime) < FRESH_SECONDS
    except OSError:
        return False
