"""RLIKE on SQLite, by an engine that takes time in proportion to the text.

SQLite has no regular expressions of its own. MLflow gives it Python's `re`, which tries every way
in which a pattern such as `(a+)+$` may fit, and holds the interpreter while it does: 40 letters
take a day, and nobody else is answered. RE2 reads the same patterns without back references and
lookaround, never goes back in the text, and takes a bounded amount of memory. MySQL, MariaDB and
PostgreSQL have engines of their own, which end a pattern that takes too many steps.
"""

import sqlite3
from functools import lru_cache
from typing import Any

import re2
from sqlalchemy import event
from sqlalchemy.pool import Pool

# What SQLAlchemy remembers of a connection, so that the function is replaced once.
REPLACED = "mlstudio_regexp"
# What SQLite says when the function raises.
RAISED = "user-defined function raised exception"
_QUIET = re2.Options()
_QUIET.log_errors = False


def install() -> None:
    """Replace the function on every connection to SQLite that any engine opens from now on."""
    # MLflow gives each of its connections its own function at `connect`, after us.
    event.listen(Pool, "checkout", _replace)


def matches(pattern: object, text: object) -> bool:
    """What SQLite's `text REGEXP pattern` answers; raises re2.error for what RE2 cannot read."""
    if pattern is None or text is None:
        return False
    return _compiled(str(pattern)).search(str(text)) is not None


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern, _QUIET)


def _replace(connection: Any, record: Any, _proxy: object) -> None:
    if isinstance(connection, sqlite3.Connection) and REPLACED not in record.info:
        connection.create_function("regexp", 2, matches, deterministic=True)
        record.info[REPLACED] = True
