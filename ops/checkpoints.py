"""Long work asks at each of its steps whether it may go on.

A `Checkpoint` is called before a step that changes something (a file, a transaction) and raises if
the work must end there. What it raises is no BackupError: nothing on the way up may swallow it.
The word is that of trio and anyio, whose checkpoints are where a task learns that it is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable

Checkpoint = Callable[[], None]


def always() -> None:
    """The checkpoint of work that nobody else may take over: a command of a person."""
