"""The commands of the runbook: blocks of docs/ that a line `<!-- drill: name -->` stands above."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = re.compile(r"^<!-- drill: ([a-z-]+) -->\n```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
VERIFY = "verify"
# The secrets that the block `rotate-audit-key` stands for: it names the first of them.
ROTATED = (
    "audit-key",
    "secret-key",
    "upstream-secret",
    "uac-database-password",
    "mlflow-database-password",
    "metrics-token",
    "cookie-key",
)


@dataclass(frozen=True)
class Change:
    """A block, what stands for its examples in a drill, and whether it signs the drill out."""

    block: str
    instead: Mapping[str, str] = field(default_factory=dict)
    ends_sessions: bool = False


def blocks(root: Path) -> dict[str, str]:
    """The commands of each block. Raises ValueError for a name that stands twice."""
    found: dict[str, str] = {}
    for page in sorted((root / "docs").rglob("*.md")):
        for name, commands in BLOCK.findall(page.read_text(encoding="utf-8")):
            if name in found:
                raise ValueError(f"The block {name} stands twice.")
            found[name] = commands
    return found


def changes(certificate: Path, before: str = "", after: str = "") -> dict[str, Change]:
    """Every change by name; `certificate` is a folder with a new one.

    An update to the tag `after` and the way back to `before` are among them if both are named.
    """
    first, *_ = ROTATED
    found = {
        f"rotate-{name}": Change(f"rotate-{first}", {f"secrets/{first}": f"secrets/{name}"})
        for name in ROTATED
    }
    example = "/etc/letsencrypt/live/studio.example.org"
    found["certificate"] = Change("certificate", {example: str(certificate)})
    if before and after:
        found["update"] = Change("update", {"v0.2.0": after})
        found["rollback"] = Change("rollback", {"v0.1.0": before})
    # The last one: from then on the administrator has another password.
    found["lost-password"] = Change("lost-password", ends_sessions=True)
    return found


def script(change: Change, known: Mapping[str, str]) -> str:
    """The commands of a change. Raises ValueError if the block has not what is replaced."""
    text = known[change.block]
    for example, value in change.instead.items():
        if example not in text:
            raise ValueError(f"The block {change.block} does not say {example}.")
        text = text.replace(example, value)
    return text
