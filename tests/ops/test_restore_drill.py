"""A restore drill restores beside the installation, finds what is wrong, and leaves nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL, make_url

from database_servers import server
from databases import KINDS, drop_database
from installations import Installation, empty
from ops.jobs.context import Context, Job, opened
from ops.jobs.lease import ShuttingDown
from ops.jobs.loop import Loop
from ops.jobs.restore_drill import drill
from ops.jobs.settings import Settings, load
from ops.jobs.table import chosen
from ops.restore_drill import commands, reads, servers, settings, subject
from ops.restore_drill.databases import ServerDatabase, beginning
from ops.restore_drill.drill import FAILURES
from ops.restore_drill.report import Outcome, Report, Step
from ops.restore_drill.servers import serve
from ops.restore_drill.workspace import Workspace, remove_leftovers
from ops.run.temporary_server import TemporaryServer
from ops.server.database_accounts import ensure
from preloaded import Forked, start_mlflow, start_studio, start_uac
from processes import SECRET, SECRET_KEY, Program
from uac_api.access.audit.signatures import Signer
from uac_api.access.installation import jobs
from uac_api.access.models import Job as Row
from uac_api.access.models import now
from uac_api.doctor.jobs import examine

from .conftest import Estate

LISTEN = "0A"  # linux/include/net/tcp_states.h
STEPS = ["backup", "databases", "rows", "schema", "audit trail", "artifacts"]
ALL_STEPS = [*STEPS, "services", "reads", "removal"]
CANARY = "a-secret-of-the-installation-that-no-drill-may-pass-on"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the drills of this test have their folders."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextmanager
def forked_server(
    name: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    port: int,
    health: str,
    folder: Path,
) -> Iterator[TemporaryServer]:
    """As `temporary_server`, begun where what it imports has already been imported."""
    log = folder / f"{name}.log"
    if name == "mlflow":
        process = start_mlflow(environment, log)
    else:
        process = start_uac(words[words.index("--config") :], environment, log)
    program = Program(name, list(words), dict(environment), port, health, log, process)
    try:
        # A drill asks it only whether it has ended.
        yield TemporaryServer(name, program.url, health, log, process)  # type: ignore[arg-type]
    finally:
        program.stop()


def drilled(here: Installation, *words: str | Path) -> tuple[int, dict[str, Any]]:
    """The exit code of a drill, and its report."""
    code, said = here.studio("drill", "restore", "--json", *words)
    report: dict[str, Any] = json.JSONDecoder().raw_decode(said[said.index("{") :])[0]
    return code, report


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    """How each step ended."""
    return {step["name"]: step["outcome"] for step in report["steps"]}


def of(report: dict[str, Any], name: str) -> dict[str, Any]:
    """One step."""
    [step] = [step for step in report["steps"] if step["name"] == name]
    return dict(step)


def databases_on(kind: str) -> set[str]:
    """Every database of a server."""
    if kind == "sqlite":
        return set()
    engine = create_engine(str(server(kind)))
    with engine.connect() as connection:
        statement = (
            "SELECT datname FROM pg_database"
            if kind == "postgresql"
            else "SELECT schema_name FROM information_schema.schemata"
        )
        found = set(connection.execute(text(statement)).scalars())
    engine.dispose()
    return found


def contents(url: str) -> str:
    """Every row of a database."""
    engine = create_engine(url)
    found = []
    with engine.connect() as connection:
        for table in sorted(inspect(connection).get_table_names()):
            quoted = connection.dialect.identifier_preparer.quote(table)
            rows = connection.execute(text(f"SELECT * FROM {quoted}"))  # noqa: S608 - its own
            found.append((table, sorted(map(repr, rows))))
    engine.dispose()
    return repr(found)


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, its content and its time."""
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_newest_backup_is_tested_and_the_server_stays_as_it_was(
    estate: Estate, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    # On one of the two with servers that are started as a drill starts them.
    if kind == "postgresql":
        monkeypatch.setattr(servers, "temporary_server", forked_server)
    here = production_on(kind, tmp_path)
    try:
        before = [contents(here.uac), contents(here.mlflow), files(estate.place)]
        code, report = drilled(here, "--from", estate.place, "--artifacts", "all")
        assert (code, report["succeeded"]) == (0, True), report
        assert outcomes(report) == dict.fromkeys(ALL_STEPS, "passed")
        assert [contents(here.uac), contents(here.mlflow), files(estate.place)] == before
        assert made_for(here) == set()
        assert list(temporary.iterdir()) == []
    finally:
        for url in (here.uac, here.mlflow):
            drop_database(url)
    read = of(report, "reads")["detail"]
    for what in ("stranger is refused", "a run", "a metric", "an artifact"):
        assert what in read
    assert re.search(r"\d+ seals over \d+ events", of(report, "audit trail")["detail"])
    assert kind in of(report, "databases")["detail"]


def production_on(kind: str, folder: Path) -> Installation:
    """An installation on a server, with a row in each of its databases."""
    here = empty(folder / "production", kind)
    for url in (here.uac, here.mlflow):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE users (id INTEGER PRIMARY KEY)"))
            connection.execute(text("INSERT INTO users VALUES (7)"))
        engine.dispose()
    return here


def made_for(here: Installation) -> set[str]:
    """The databases on the server of drills with this installation."""
    prefixes = tuple(beginning(str(make_url(url).database)) for url in (here.uac, here.mlflow))
    kind = make_url(here.uac).get_backend_name()
    return {name for name in databases_on(kind) if name.startswith(prefixes)}


def test_what_is_damaged_is_named_and_everything_else_is_tested_all_the_same(
    estate: Estate,
    restored: Installation,
    tmp_path: Path,
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(servers, "temporary_server", forked_server)
    engine = create_engine(restored.uac)
    with engine.begin() as connection:
        forged = connection.scalar(text("SELECT max(id) FROM events WHERE mark IS NOT NULL"))
        connection.execute(
            text("UPDATE events SET user = 'mallory' WHERE id = :id"), {"id": forged}
        )
    engine.dispose()
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    [large] = [one for one in place.glob("objects/*/*") if one.stat().st_size > 1_000_000]
    large.write_bytes(large.read_bytes()[:-1])
    small = min(place.glob("objects/*/*"), key=lambda one: one.stat().st_size)
    small.unlink()
    installation = tmp_path / "copy"
    before = files(installation)
    code, said = restored.studio("drill", "restore", "--from", place)
    assert code == 1
    assert files(installation) == before
    for sentence in (f"event {forged} ", f"{estate.file} was changed", f"missing ({small.parent}"):
        assert sentence.replace(f"{place}/", "") in said
    for name in ("audit trail", "artifacts"):
        assert re.search(rf"^FAILED +{name} ", said, re.MULTILINE)
    for name in ("rows", "schema", "services", "reads", "removal"):
        assert re.search(rf"^passed +{name} ", said, re.MULTILINE)
    assert "failed: audit trail, artifacts." in said
    assert list(temporary.iterdir()) == []


def test_a_backup_that_is_damaged_itself_is_not_restored(
    restored: Installation, tmp_path: Path, temporary: Path
) -> None:
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    [users] = place.glob("backups/*/uac/users")
    users.write_bytes(users.read_bytes()[:-1])
    code, report = drilled(restored, "--from", place)
    assert code == 1
    assert outcomes(report) == {"backup": "failed"} | dict.fromkeys(ALL_STEPS[1:-1], "skipped")
    assert str(users.relative_to(place)) in of(report, "backup")["problems"][0]
    assert list(temporary.iterdir()) == []


def test_another_machine_needs_the_backup_and_its_keys_only(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in estate.here.environment.items():
        monkeypatch.setenv(name, "" if "DATABASE" in name or "MLFLOW" in name else value)
    monkeypatch.setenv("STUDIO_DRILL_DATABASE_URL", "sqlite://")
    monkeypatch.setenv("STUDIO_BACKUP_TO", str(estate.place))
    loaded = settings.load()
    assert {url.get_backend_name() for url in loaded.servers.values()} == {"sqlite"}
    assert loaded.place == str(estate.place)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sqlite:////var/lib/uac.db", "sqlite://"),
        ("redis://here", "must name"),
        ("nonsense", "no URL"),
    ],
)
def test_a_server_that_is_none_is_refused(estate: Estate, given: str, said: str) -> None:
    words = ("drill", "restore", "--from", estate.place, "--database-url", given)
    assert said in estate.here.refused(*words)


def test_a_backup_or_a_place_that_is_not_there_is_said(estate: Estate, tmp_path: Path) -> None:
    assert "STUDIO_BACKUP_TO" in estate.here.refused("drill", "restore")
    said = estate.here.refused("drill", "restore", "--from", tmp_path / "nowhere")
    assert "no finished backup" in said
    words = ("drill", "restore", "2020-01-01T000000.000Z", "--from", estate.place)
    assert "no finished backup" in estate.here.refused(*words)


@pytest.fixture
def production(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation on a server."""
    here = production_on(request.param, tmp_path)
    yield here
    for url in (here.uac, here.mlflow):
        drop_database(url)


def started(here: Installation, place: Path) -> Forked:
    """A drill in a process of its own."""
    environment = {**os.environ, **here.environment}
    return start_studio(["drill", "restore", "--from", str(place)], environment)


def wait_until(holds: Callable[[], bool], process: Forked) -> None:
    until = time.monotonic() + 120
    while not holds():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("production", ["mysql"], indirect=True)
def test_what_a_killed_drill_left_is_removed_by_the_next_one(
    estate: Estate, production: Installation, temporary: Path
) -> None:
    process = started(production, estate.place)
    wait_until(lambda: len(made_for(production)) == 2, process)
    process.kill()
    process.communicate()
    left = made_for(production)
    assert len(left) == 2
    assert list(temporary.glob("ml-studio-drill-*"))
    _, report = drilled(production, "--from", temporary / "nowhere")
    said = of(report, "leftovers")["detail"]
    assert [name for name in left if name not in said] == []
    assert made_for(production) == set()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("production", ["postgresql"], indirect=True)
def test_a_drill_that_is_told_to_end_removes_what_it_made(
    estate: Estate, production: Installation, temporary: Path
) -> None:
    process = started(production, estate.place)
    wait_until(lambda: len(made_for(production)) == 2, process)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "removal" in said
    assert made_for(production) == set()
    assert list(temporary.iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_comes_in_a_finaliser_ends_the_drill_at_its_next_step() -> None:
    class Gone:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    with commands._signals_that_clean_up() as require_unasked:
        require_unasked()
        Gone()
        with pytest.raises(KeyboardInterrupt):
            require_unasked()


@pytest.mark.parametrize("production", ["mysql", "postgresql"], indirect=True)
def test_a_drill_that_is_alive_is_left_alone(production: Installation, temporary: Path) -> None:
    url = _of_the_server(make_url(production.uac))
    alive, other = (ServerDatabase(url, str(make_url(production.uac).database)) for _ in range(2))
    workspace = Workspace(temporary)
    try:
        name = str(alive.create(workspace.folder).database)
        assert other.remove_leftovers() == []
        assert remove_leftovers(temporary) == []
        assert name in made_for(production)
        assert workspace.folder.is_dir()
        # Its session ends with its process: from then on it is a dead one's.
        assert alive._connection is not None
        alive._connection.close()
        # The server ends a session a moment after its connection.
        until = time.monotonic() + 30
        while not (removed := other.remove_leftovers()) and time.monotonic() < until:
            time.sleep(0.1)
        assert removed == [name]
    finally:
        alive.drop()
        other.drop()
        workspace.remove()
    assert made_for(production) == set()


def _of_the_server(url: URL) -> URL:
    return url.set(database="postgres" if url.get_backend_name() == "postgresql" else "")


def test_somebody_elses_folder_is_left_alone(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").touch()
    (temporary / "ml-studio-drill-abc.lock").symlink_to(elsewhere / "mine")
    (temporary / "ml-studio-drill-abc").symlink_to(elsewhere)
    assert remove_leftovers(temporary) == []
    assert (elsewhere / "mine").exists()


@pytest.fixture(params=["mysql", "postgresql"])
def account(request: pytest.FixtureRequest) -> Iterator[URL]:
    """A database with an account that owns it and may do nothing else."""
    superuser = make_url(str(server(request.param)))
    name = f"mlstudio_test_{os.urandom(6).hex()}"
    url = superuser.set(username=name, password="of-a-test", database=name)
    postgresql = request.param == "postgresql"
    who = name if postgresql else f"'{name}'@'%'"
    make = (
        (f"CREATE ROLE {name} LOGIN PASSWORD 'of-a-test'", f"CREATE DATABASE {name} OWNER {name}")
        if postgresql
        else (
            f"CREATE DATABASE {name}",
            f"CREATE USER {who} IDENTIFIED BY 'of-a-test'",
            f"GRANT ALL ON `{name}`.* TO {who}",
        )
    )
    tell(superuser, *make)
    yield url
    tell(superuser, f"DROP DATABASE {name}", f"DROP USER {who}")


def tell(superuser: URL, *statements: str) -> None:
    engine = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            # Drivers put parameters in where they see a %.
            connection.exec_driver_sql(statement.replace("%", "%%"))
    engine.dispose()


def test_an_account_without_the_right_is_told_which_one_it_needs(
    account: URL, tmp_path: Path
) -> None:
    superuser = make_url(str(server(account.get_backend_name())))
    database = ServerDatabase(_of_the_server(account), str(account.database))
    with pytest.raises(FAILURES, match="Nothing was made or changed") as refused:
        database.create(tmp_path)
    database.drop()
    grant = re.search(r"server run: (.+?); or name", str(refused.value))
    assert grant is not None
    # What the sentence says is what helps.
    tell(superuser, grant[1])
    name = str(database.create(tmp_path).database)
    assert database.drop() == name


def test_the_accounts_of_a_server_have_the_right(account: URL, tmp_path: Path) -> None:
    superuser = make_url(str(server(account.get_backend_name())))
    ensure(superuser, [account])
    database = ServerDatabase(_of_the_server(account), str(account.database))
    made = database.create(tmp_path)
    engine = create_engine(made)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (id INTEGER)"))
    engine.dispose()
    assert database.drop() == made.database


def test_the_services_of_a_drill_are_this_machines_and_know_nothing_of_the_installation(
    restored: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STUDIO_OIDC_ISSUER", "AWS_SECRET_ACCESS_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        monkeypatch.setenv(name, CANARY)
    for name, value in restored.environment.items():
        monkeypatch.setenv(name, value or CANARY)
    folder = tmp_path / "drill"
    folder.mkdir()
    urls = {"uac": make_url(restored.uac), "mlflow": make_url(restored.mlflow)}
    chosen = subject.choose(urls["uac"], urls["mlflow"], [])
    assert chosen is not None
    assert chosen.run is not None
    with serve(urls, restored.artifacts, folder) as address:
        started_here = _processes_in(folder)
        assert len(started_here) >= 2
        for process in started_here:
            told = (process / "environ").read_bytes()
            for secret in (CANARY, SECRET, SECRET_KEY):
                assert secret.encode() not in told
        heard = {local for process in started_here for local in _listening(process)}
        assert len(heard) >= 2
        assert {host for host, _ in heard} == {"127.0.0.1"}
        well, problems = reads.perform(address, chosen)
        assert problems == []
        assert "a run" in well
        # What is not there any more is missed.
        lost = replace(chosen, run=replace(chosen.run, params=chosen.run.params | {"lost"}))
        assert ["params" in one for one in reads.perform(address, lost)[1]] == [True]
    assert _processes_in(folder) == []


def _processes_in(folder: Path) -> list[Path]:
    """The processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(process)
    return found


def _listening(process: Path) -> set[tuple[str, int]]:
    """The addresses that a process listens on, of both versions of IP."""
    sockets = set()
    for descriptor in (process / "fd").iterdir():
        with suppress(OSError):
            sockets.add(str(descriptor.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (process / "net" / table).read_text().splitlines()[1:]:
            local, state, inode = (line.split()[place] for place in (1, 3, 9))
            if state == LISTEN and f"socket:[{inode}]" in sockets:
                address, port = local.split(":")
                packed = bytes.fromhex(address)[::-1] if table == "tcp" else b""
                host = ".".join(map(str, packed)) or f"ipv6 {address}"
                found.add((host, int(port, 16)))
    return found


def test_the_report_is_lines_for_people_and_json_for_programs() -> None:
    report = Report("/backups", backup="2026-01-02T030405.678Z")
    report.steps = [
        Step("backup", seconds=1.5, detail="12 rows"),
        Step("rows", Outcome.FAILED, problems=[f"problem {number}" for number in range(30)]),
        Step("reads", Outcome.SKIPPED),
    ]
    lines = [line for step in report.steps for line in step.lines()]
    assert lines[:2] == ["passed  backup          1.5 s  12 rows", "FAILED  rows            0.0 s"]
    assert lines[-2:] == ["        ... and 10 more.", "skipped reads           0.0 s"]
    document = json.loads(report.to_json())
    assert (document["succeeded"], document["steps"][2]["outcome"]) == (False, "skipped")
    assert document["summary"].startswith("The drill with the backup 2026-01-02T030405.678Z failed")
    assert not Report("/backups").succeeded


@pytest.fixture
def scheduled(
    restored: Installation, monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> Iterator[Context]:
    """The process `jobs` of an installation that wants a drill every week."""
    restored.right("backup", "--to", temporary.parent / "place")
    more = {"STUDIO_BACKUP_TO": str(temporary.parent / "place"), "STUDIO_DRILL_EVERY_DAYS": "7"}
    for name, value in (restored.environment | more).items():
        monkeypatch.setenv(name, value)
    with opened(load()) as context:
        yield context


def row(context: Context) -> Row:
    [found] = [one for one in context.database.read(jobs.every) if one.name == "restore_drill"]
    return found


def the_drill(context: Context) -> list[Job]:
    return [job for job in chosen(context.jobs) if job.name == "restore_drill"]


def test_the_schedule_does_drills_and_tells_how_they_went(
    scheduled: Context, temporary: Path
) -> None:
    assert Loop(scheduled, the_drill(scheduled)).once() == ["restore_drill"]
    found = row(scheduled)
    assert found.outcome == jobs.SUCCEEDED, found.detail
    assert re.match(r"The backup \S+Z can be restored\. The drill took \d+ s\.", found.detail)
    assert found.next_at is not None
    assert found.next_at > now() + timedelta(days=6)
    assert list(temporary.iterdir()) == []


def test_a_scheduled_drill_that_fails_is_told_and_not_done_again_at_once(
    scheduled: Context,
) -> None:
    for manifest in Path(scheduled.jobs.backup_to).glob("backups/*/manifest"):
        manifest.unlink()
    assert Loop(scheduled, the_drill(scheduled)).once() == ["restore_drill"]
    found = row(scheduled)
    assert found.outcome == jobs.FAILED
    assert "no finished backup" in found.detail
    assert found.next_at is not None
    assert now() + timedelta(hours=5) < found.next_at < now() + timedelta(hours=7)
    findings = [one.message for one in examine(scheduled.database, Signer(SECRET_KEY))]
    assert any("restore_drill failed" in message for message in findings)


def test_the_first_drill_waits_until_the_server_has_long_started(scheduled: Context) -> None:
    loop = Loop(scheduled, the_drill(scheduled))
    loop._postpone()
    due = row(scheduled).next_at
    assert due is not None
    assert now() + timedelta(minutes=50) < due < now() + timedelta(minutes=70)
    assert loop.once() == []
    # Started again, it waits for the same moment; asked for, it is done at once.
    loop._postpone()
    assert row(scheduled).next_at == due
    scheduled.database.write(lambda session: jobs.hurry(session, ["restore_drill"]))
    assert scheduled.database.write(lambda session: jobs.claim(session, "restore_drill", "me"))


def test_a_scheduled_drill_ends_with_its_process(scheduled: Context, temporary: Path) -> None:
    def stop_once_begun() -> None:
        if list(temporary.glob("ml-studio-drill-*/uac.db")):
            raise ShuttingDown("now")

    with pytest.raises(ShuttingDown):
        drill(scheduled, stop_once_begun)
    assert list(temporary.iterdir()) == []


def test_no_drill_is_scheduled_without_being_asked_for() -> None:
    assert Settings(backup_to="/backups").drill_every is None
    assert Settings(drill_every_days=7).drill_every is None
    assert Settings(backup_to="/backups", drill_every_days=7).drill_every == timedelta(days=7)
