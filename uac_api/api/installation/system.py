"""How the installation stands, for administrators: /studio/v1/system."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from flask_openapi3 import APIBlueprint

from ...access.installation import backups, system
from ...access.models import Backup, Job
from ...errors import StudioError
from ...migrations import newest, standing
from ...version import __version__
from ..json import Json, shape
from ..schemas.responses import DOCUMENTED, Check
from ..schemas.system import (
    BackupOut,
    FiguresOut,
    JobOut,
    PartOut,
    ProcessOut,
    RoomOut,
    SealLagOut,
    SystemOut,
    VersionsOut,
)
from ..services import Services, require, services
from .health import NOT_ASKED, WARNINGS, probes

blueprint = APIBlueprint("system", __name__, url_prefix="/studio/v1/system", **DOCUMENTED)


@blueprint.get("", responses={200: SystemOut})
def read() -> Json:
    """Health of each part, versions, the audit trail's seals, jobs, and storage by project."""
    require("system.read")
    here = services()
    parts = _parts(here)
    fit = {part.name: part.ok for part in parts}
    found = here.database.read(
        lambda session: system.read(session, here.marks, here.meter.defaults)
    )
    document = SystemOut(
        parts=parts,
        versions=_versions(here, ask_mlflow=fit["mlflow"]),
        figures=FiguresOut(**asdict(found.figures)),
        audit=SealLagOut(
            **{name: getattr(found.audit, name) for name in SealLagOut.model_fields},
        ),
        jobs=[_job(job, found.moment) for job in found.jobs],
        backup=_backup(found.backups),
        processes=[
            ProcessOut(**{name: getattr(one, name) for name in ProcessOut.model_fields})
            for one in found.processes
        ],
        storage=[RoomOut(**asdict(room)) for room in found.storage],
        projects_measured=found.projects_measured,
    )
    return shape(document), 200


def _parts(here: Services) -> list[PartOut]:
    parts: list[PartOut] = []
    for name, probe in probes(here).items():
        # An MLflow that is away need not be waited for twice.
        away = name in WARNINGS and not all(part.ok for part in parts if part.name == "mlflow")
        check, ms = (NOT_ASKED, 0.0) if away else _timed(probe)
        parts.append(PartOut(name=name, ok=check.ok, message=check.message, ms=ms))
    return parts


def _timed(probe: Callable[[], Check]) -> tuple[Check, float]:
    began = time.perf_counter()
    return probe(), round((time.perf_counter() - began) * 1000, 1)


def _versions(here: Services, *, ask_mlflow: bool) -> VersionsOut:
    mlflow, known = "", here.catalog.table_versions
    if ask_mlflow:
        try:
            mlflow = here.catalog.version()
        except StudioError:
            # It went away since it was looked at; the next look says so.
            mlflow = ""
    return VersionsOut(
        studio=__version__,
        mlflow=mlflow,
        table=mlflow if mlflow in known else ", ".join(known),
        python=platform.python_version(),
        database=here.database.product(),
        migration=standing(here.database) or "none",
        migration_newest=newest(),
    )


def _backup(found: Sequence[Backup]) -> BackupOut | None:
    if not found:
        return None
    held = {name: getattr(found[0], name) for name in BackupOut.model_fields if name != "shortfall"}
    return BackupOut(**held, shortfall=backups.shortfall(found))


def _job(job: Job, moment: datetime) -> JobOut:
    return JobOut(
        name=job.name,
        running=system.is_running(job, moment),
        outcome=job.outcome,
        started_at=job.started_at,
        ended_at=job.ended_at,
        succeeded_at=job.succeeded_at,
        next_at=job.next_at,
        late_seconds=round(system.late_seconds(job, moment)),
        detail=job.detail,
    )
