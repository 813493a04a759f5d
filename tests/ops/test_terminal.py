"""A person sees one short line for each event that matters, a program JSON; nobody a secret."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from ops.run.events import shown
from ops.run.terminal import Form, Terminal, may_colour


class Tty(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def document(**fields: object) -> str:
    return json.dumps({"at": "2026-01-31T00:00:00Z", "level": "info", "service": "x"} | fields)


def seen(stream: io.StringIO) -> list[str]:
    """The lines without the time and the name before them."""
    return [line[18:] for line in stream.getvalue().splitlines()]


def test_without_a_terminal_every_line_is_json_and_names_its_process() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream=stream)
    terminal.line("uac", "ready")
    terminal.line("uac", document(event="request", status=200))
    terminal.say("run", "Everything is there.", studio="http://127.0.0.1:8501")
    written = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["service"], line["event"]) for line in written] == [
        ("uac", "ready"),
        ("x", "request"),
        ("run", "Everything is there."),
    ]
    assert written[2]["studio"] == "http://127.0.0.1:8501"


@pytest.mark.parametrize("form", list(Form))
def test_a_secret_never_appears(form: Form, tmp_path: Path) -> None:
    stream = io.StringIO()
    terminal = Terminal(["hunter2hunter2", "hunter2"], stream, form=form, log=tmp_path / "log")
    terminal.line("uac", "with hunter2hunter2, hunter2")
    terminal.line("uac", document(event="failed with hunter2", level="error"))
    terminal.say("uac", "said hunter2", word="hunter2")
    terminal.show_last("uac")
    terminal.close()
    assert "[hidden]" in stream.getvalue()
    kept = (tmp_path / "log").read_text() if form is Form.TEXT else ""
    assert "hunter2" not in stream.getvalue() + kept


def test_a_person_sees_what_matters_and_the_log_has_the_rest(tmp_path: Path) -> None:
    stream = io.StringIO()
    terminal = Terminal(stream=stream, form=Form.TEXT, log=tmp_path / "log")
    terminal.line("mlflow", "UserWarning: a library is worried")
    terminal.line("uac", document(event="request", method="GET", path="/x", status=200))
    terminal.line("uac", document(event="request", method="GET", path="/x", status=503))
    terminal.say("run", "mlflow is healthy after 5 s.")
    terminal.close()
    assert seen(stream) == ["GET /x was answered with 503", "mlflow is healthy after 5 s."]
    assert len((tmp_path / "log").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ({"event": "page", "row": "pages.members", "status": 200}, None),
        (
            {"event": "page", "row": "pages.members", "status": 500},
            "pages.members was answered with 500",
        ),
        ({"event": "job", "job": "trash", "outcome": "succeeded", "detail": "Nothing."}, None),
        (
            {"event": "job", "job": "backup", "outcome": "failed", "detail": "The disk is full."},
            "job backup failed: The disk is full.",
        ),
        ({"event": "audit_sealed", "seal": 7}, None),
        (
            {"event": "audit_seal_lost", "level": "error", "reason": "seal 7"},
            "audit seal lost: seal 7",
        ),
        ({"event": "careful", "level": "warning", "logger": "py.warnings"}, None),
        ({"event": "it broke", "level": "error", "logger": "uvicorn.error"}, "it broke"),
        (
            {"event": "job_failed", "level": "error", "exception": "Traceback\n\nKeyError: 'x'"},
            "job failed: KeyError: 'x'",
        ),
    ],
)
def test_an_event_reads_as_a_sentence_or_not_at_all(
    line: dict[str, object], text: str | None
) -> None:
    found = shown(line)
    assert (found.text if found else None) == text


def test_what_a_process_said_last_is_shown_when_it_dies() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream=stream, form=Form.TEXT)
    terminal.line("mlflow", "MLFLOW_WORKSPACE is set.")
    assert seen(stream) == []
    terminal.show_last("mlflow")
    assert seen(stream) == ["MLFLOW_WORKSPACE is set."]


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_left_out_where_nobody_wants_them(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert may_colour(environment) is coloured
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Tty()
    Terminal(stream=stream).say("run", "hello")
    assert ("\x1b[" in stream.getvalue()) is coloured
    assert stream.getvalue().endswith("hello\n")
