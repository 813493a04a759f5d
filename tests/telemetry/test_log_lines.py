"""The lines of a log: JSON, in one vocabulary, whoever writes them."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest
import structlog

from telemetry.log_lines import FIELDS, JsonLines, standard_error

SECRET = f"mls_abcdefghijkl_{'s' * 43}"


def line(message: str, *arguments: object, **more: Any) -> dict[str, Any]:
    record = logging.LogRecord("library", logging.WARNING, __file__, 1, message, arguments, None)
    record.__dict__.update(more)
    return dict(json.loads(JsonLines("uac_api").format(record)))


def test_a_library_that_logs_in_its_own_way_becomes_a_document() -> None:
    told = line('it said "%s"\nand more', "no")
    assert told["event"] == 'it said "no"\nand more'
    assert (told["service"], told["level"], told["logger"]) == ("uac_api", "warning", "library")
    assert told["at"].endswith("Z")


def test_fields_of_a_line_of_ours_stand_beside_the_words_of_all() -> None:
    told = line("request", **{FIELDS: {"status": 200, "project": "fraud"}})
    assert (told["event"], told["status"], told["project"]) == ("request", 200, "fraud")
    assert "logger" not in told


def test_an_exception_is_one_line_too() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        told = line("failed", exc_info=sys.exc_info())
    assert "ValueError: two\nlines" in told["exception"]


def test_a_secret_is_cut_wherever_it_stands() -> None:
    try:
        raise ValueError(f"bad token {SECRET}")
    except ValueError:
        told = line("refused %s", SECRET, exc_info=sys.exc_info())
    assert told["event"] == "refused mls_abcdefghijkl_..."
    assert "ssss" not in json.dumps(told)


def test_a_line_goes_to_standard_error_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    with io.StringIO() as of_a_command:
        monkeypatch.setattr(sys, "stderr", of_a_command)
        log = structlog.PrintLoggerFactory(standard_error())()
        log.msg("one")
        assert of_a_command.getvalue() == "one\n"
    monkeypatch.setattr(sys, "stderr", afterwards := io.StringIO())
    log.msg("two")
    assert afterwards.getvalue() == "two\n"
