"""Who has which role where, as a matrix with a letter and a colour for each role.

rows = [MatrixRow("alice", "person", "", "O ")]
projects = [MatrixProject("fraud", "Fraud detection"), MatrixProject("vault", "Vault")]
role_matrix(rows, projects, key="matrix", options=MatrixOptions("Roles", version="1"))
chosen = chosen_cell("matrix")
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ml_studio.component import ignore, mount, state_of

NAME = "role_matrix"

Kind = Literal["person", "group"]
# From the least to the highest.
Role = Literal["viewer", "contributor", "maintainer", "owner"]


@dataclass(frozen=True)
class MatrixRow:
    """A person or a group, and a sign for each project.

    A capital is a role of one's own (V, C, M, O), a small letter one through a group, a space none.
    """

    name: str
    kind: Kind
    about: str
    cells: str


@dataclass(frozen=True)
class MatrixProject:
    """A column."""

    slug: str
    name: str


@dataclass(frozen=True)
class MatrixOptions:
    """`version` is another text for other rows or projects."""

    label: str
    version: str
    height: int = 560


@dataclass(frozen=True)
class MatrixCell:
    """The cell that somebody chose: whose, and in which project."""

    kind: Kind
    name: str
    project: str


def role_matrix(
    rows: Sequence[MatrixRow],
    projects: Sequence[MatrixProject],
    *,
    key: str,
    options: MatrixOptions,
) -> None:
    """Draw the matrix; each row has as many cells as there are projects."""
    mount(
        NAME,
        key=key,
        data={
            "rows": [asdict(row) for row in rows],
            "projects": [asdict(project) for project in projects],
            **asdict(options),
        },
        callbacks={"chosen": ignore},
    )


def chosen_cell(key: str) -> MatrixCell | None:
    """The cell that was chosen in the matrix of this key, if any."""
    return read_cell(state_of(key).get("chosen"))


def read_cell(document: object) -> MatrixCell | None:
    """A cell as a browser sends it; None for anything else."""
    if not isinstance(document, Mapping):
        return None
    kind, name, project = (document.get(field) for field in ("kind", "name", "project"))
    if kind not in ("person", "group") or not isinstance(name, str) or not isinstance(project, str):
        return None
    return MatrixCell(kind, name, project)
