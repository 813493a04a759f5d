"""The audit trail after a restore: whether its seals still hold, where this code has seals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sqlalchemy.engine import URL

from uac_api import settings
from uac_api.access.errors import AccessError

VERIFICATION, MARKS = "uac_api.access.verification", "uac_api.access.marks"


def chain_problems(url: URL) -> Iterator[str]:
    """What is not as it was sealed; nothing where this code has no seals."""
    if find_spec(VERIFICATION) is None:
        return
    try:
        configured: Any = settings.load()
    except settings.SettingsError as error:
        yield f"The seals of the audit trail need the settings of the UAC API: {error}"
        return
    marks = import_module(MARKS).Marks(*configured.mark_keys)
    database: Any = import_module("uac_api.access.database").Database
    try:
        with closing(database(url.render_as_string(hide_password=False), marks)) as opened:
            report = import_module(VERIFICATION).verify(opened, marks)
    except AccessError as error:
        yield f"audit trail: {error.message}"
        return
    for finding in report.findings:
        yield f"audit trail: {finding.what} {finding.id} {finding.message}."
