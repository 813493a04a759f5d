"""System: administrators see how everything stands, also while a part is away."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from serving import Open, Service, text
from studio_app.api.client import ApiError
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.access.installation.processes import Presence
from uac_api.access.models import Backup, Event, Job, Process, Project, Quota, Seal, Usage, now


@pytest.fixture
def database(service: Service) -> Database:
    """The UAC database behind the page."""
    application = service.api.application
    found: Database = application.extensions["studio"].database  # type: ignore[attr-defined]
    return found


@pytest.fixture(autouse=True)
def no_event_waits(database: Database) -> None:
    """What the cast did is not there: half an hour later its events would be late to seal."""
    database.write(lambda session: session.execute(delete(Event)))


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in at.metric}


def test_others_are_refused_with_a_text(studio: Open, service: Service) -> None:
    at = studio("system", "alice")
    assert "This page is for administrators" in text(at)
    assert not at.metric
    with pytest.raises(ApiError) as refused:
        service.client("alice").system()
    assert refused.value.status == 403


def test_an_administrator_sees_that_everything_is_well(studio: Open) -> None:
    at = studio("system", "admin")
    assert not at.exception
    said = text(at)
    assert "Everything is well" in said
    for name in ("Database", "Migrations", "MLflow", "Table of rules", "Python"):
        assert name in said
    assert metrics(at)["Projects"] == "2"
    assert "No job was ever scheduled" in said
    assert "Nothing measured yet" in said
    (storage,) = [one for one in at.metric if one.label == "Storage"]
    assert (storage.value, storage.proto.help) == ("–", "Not measured yet.")  # noqa: RUF001
    assert "There is no seal yet" in said


def test_when_mlflow_is_down_the_page_says_so_and_recovers(studio: Open, service: Service) -> None:
    service.mlflow.stop()
    at = studio("system", "admin")
    assert "**MLflow: not well.**" in text(at)
    assert "MLflow cannot be reached" in text(at)
    assert "not known now" in text(at)
    assert metrics(at)["Projects"] == "2"
    service.mlflow.start()
    at.run()
    assert "Everything is well" in text(at)


def test_when_the_api_is_away_the_page_says_so(studio: Open, service: Service) -> None:
    at = studio("system", "admin")
    service.api.stop()
    at.run()
    assert "does not answer at the moment" in text(at)
    assert not at.exception


def test_jobs_are_shown_with_what_went_wrong(studio: Open, database: Database) -> None:
    moment = now()
    rows = [
        Job(name="backup", outcome="failed", detail="No space *left*.", ended_at=moment),
        Job(name="measure", outcome="succeeded", succeeded_at=moment - timedelta(hours=3)),
        Job(name="purge", next_at=moment - timedelta(hours=1)),
        Job(name="sweep", holder="x", lease_until=moment + timedelta(minutes=1)),
    ]
    database.write(lambda session: session.add_all(rows))
    Presence(database, "jobs", "1").report()
    said = text(studio("system", "admin"))
    assert "Every part answers. Look at: the job Backup, the job Purge." in said
    assert "never succeeded · failed just now" in said
    assert r"No space \*left\*." in said
    assert "succeeded 3 hours ago" in said
    assert "due since 1 hour ago" in said
    for state in ("failed", "nobody does it", "at work"):
        assert f"[{state}]" in said


def test_a_backup_that_shrank_and_jobs_that_nobody_does_are_shown(
    studio: Open, database: Database
) -> None:
    rows = [
        Job(name="backup", outcome="succeeded", succeeded_at=now()),
        Backup(name="2026-01-01", rows=1200, files=104, bytes=5_000_000),
    ]
    database.write(lambda session: session.add_all(rows))
    Presence(database, "jobs", "1").report()
    said = text(studio("system", "admin"))
    assert "Everything is well" in said
    assert "The newest backup was taken just now: 1200 rows, 104 files, 5.0 MB." in said
    small = Backup(name="2026-01-02", rows=1200, files=0, bytes=0)
    database.write(lambda session: session.add(small))
    database.write(lambda session: session.execute(delete(Process)))
    said = text(studio("system", "admin"))
    assert "Look at: the process jobs, which does not run, the newest backup." in said
    assert "The backup 2026-01-02 holds 0 files, that of 2026-01-01 holds 104." in said


def test_a_process_with_an_old_password_or_another_key_is_shown(
    studio: Open, database: Database
) -> None:
    Presence(database, "jobs", "1", refusal=lambda: "MLflow's database refuses it").report()
    other = Database(database.url.render_as_string(hide_password=False), Signer("o" * 40))
    Presence(other, "uac_api", "1").report()
    other.close()
    said = text(studio("system", "admin"))
    assert "Look at: the process jobs, the process uac_api." in said


def test_storage_is_shown_by_project_with_its_quota(studio: Open, database: Database) -> None:
    def work(session: Session) -> None:
        found = session.scalars(select(Project).where(Project.slug == "fraud")).one()
        session.add(Usage(project_id=found.id, storage_bytes=5_000_000, files=3))
        session.add(Quota(project_id=found.id, storage_mb=10, updated_by="admin"))

    database.write(work)
    at = studio("system", "admin")
    (row,) = at.dataframe[0].value.to_dict("records")
    assert (row["name"], row["size"], row["files"]) == ("Fraud detection", "5.0 MB", 3)
    assert row["quota"] == "50% of 10.0 MB"
    assert "5.0 MB in 1 project." in text(at)
    assert metrics(at)["Storage"] == "5.0 MB"


def test_a_seal_that_was_changed_by_hand_is_shown(
    studio: Open, service: Service, database: Database
) -> None:
    services = service.api.application.extensions["studio"]  # type: ignore[attr-defined]
    services.sealer.once()
    assert "[:material/verified_user: whole]" in text(studio("system", "admin"))
    database.write(lambda session: session.execute(update(Seal).values(count=99)))
    assert "changed by hand]" in text(studio("system", "admin"))
