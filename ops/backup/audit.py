"""The audit trail after a restore: whether it is as it was written, by the keys of this place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy.engine import URL

from configuration.settings import SettingsError
from uac_api import settings
from uac_api.access.audit.signatures import Signer
from uac_api.access.audit.verify import verify
from uac_api.access.database import Database
from uac_api.access.errors import AccessError


@dataclass(frozen=True)
class Trail:
    """What a look at the whole trail found: a sentence for each problem, and what was looked at."""

    problems: list[str] = field(default_factory=list)
    summary: str = ""


def verify_trail(url: URL) -> Trail:
    """Look at every signature and every seal of the trail in a restored UAC database."""
    try:
        configured = settings.load()
    except SettingsError as error:
        said = f"The seals of the audit trail need the settings of the UAC API: {error}"
        return Trail([said])
    marks = Signer(*configured.mark_keys)
    address = url.render_as_string(hide_password=False)
    try:
        with closing(Database(address, marks)) as database:
            report = verify(database, marks)
    except AccessError as error:
        return Trail([f"audit trail: {error.message}"])
    summary = f"{report.seals:,} seals over {report.events:,} events are as they were written"
    if report.waiting:
        summary += f", {report.waiting:,} signed events wait for a seal"
    if report.head:
        summary += f"; the newest seal is {report.head}:{report.head_mark}"
    problems = [f"audit trail: {one.what} {one.id} {one.message}." for one in report.findings]
    return Trail(problems, "" if problems else summary)


def chain_problems(url: URL) -> Iterator[str]:
    """What is not as it was sealed."""
    yield from verify_trail(url).problems
