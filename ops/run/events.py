"""Which lines of the services' logs matter to a person at a terminal, and how they read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SERVER_ERROR = 500
BAD = ("warning", "error", "critical")
# What says which thing it was, beside the event itself.
TOLD = ("job", "outcome", "detail", "reason", "exception")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as a person sees it."""

    text: str
    level: str = "info"


def shown(line: Mapping[str, Any]) -> Shown | None:
    """The line in words; None for what went as it should, and for warnings of libraries."""
    event, level = str(line["event"]), str(line.get("level", "info"))
    if event in ("request", "page"):
        return _request(line)
    if event == "job":
        return _job(line)
    # A library names its logger; what it fears is no news, what it fails at is.
    if level not in BAD or ("logger" in line and level == "warning"):
        return None
    told = [_last_line(line[name]) for name in TOLD if line.get(name)]
    words = event if " " in event else event.replace("_", " ")
    return Shown(_short(": ".join([words, *told])), "warning" if level == "warning" else "error")


def _request(line: Mapping[str, Any]) -> Shown | None:
    status = int(line.get("status") or 0)
    if 0 < status < SERVER_ERROR:
        return None
    what = f"{line.get('method')} {line['path']}" if "path" in line else str(line.get("row"))
    reason = f" ({line['reason']})" if line.get("reason") else ""
    return Shown(_short(f"{what} was answered with {status}{reason}"), "error")


def _job(line: Mapping[str, Any]) -> Shown | None:
    outcome = line.get("outcome")
    if outcome in ("succeeded", "interrupted"):
        return None
    return Shown(_short(f"job {line.get('job')} {outcome}: {line.get('detail', '')}"), "warning")


def _last_line(value: object) -> str:
    """The one line of a traceback that says what it was."""
    return str(value).strip().splitlines()[-1] if str(value).strip() else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
