"""The matrix of roles as a table: the API's answer as cells, and edited cells as changes."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import pandas as pd

from ml_studio.role_matrix import Kind, MatrixCell, MatrixRow, Role
from studio_app.api.client import Client, Json
from studio_app.ui.formats import unformulated

NOTHING = ""
NAME, KIND, GROUPS = "Name", "Kind", "Groups"
FIXED = (NAME, KIND, GROUPS)
PERSON: Kind = "person"
GROUP: Kind = "group"
ROLES = get_args(Role)
_STRENGTH = {role: place for place, role in enumerate((NOTHING, *ROLES))}


@dataclass(frozen=True)
class Change:
    """One edited cell: whose role in which project, from what to what."""

    kind: str
    name: str
    project: str
    before: str
    after: str
    version: int | None

    def send(self, client: Client, *, preview: bool = False) -> Json:
        """Rehearses or makes the change; only if the role is still the one that was seen."""
        where, seen = (self.project, self.name), self.version
        if self.kind == PERSON:
            if self.after == NOTHING:
                return client.remove_member(*where, version=seen, preview=preview)
            return client.set_member(*where, self.after, version=seen, preview=preview)
        if self.after == NOTHING:
            return client.remove_member_group(*where, version=seen, preview=preview)
        return client.set_member_group(*where, self.after, version=seen, preview=preview)


def frame(page: Json, projects: list[str]) -> pd.DataFrame:
    """A row for each person and group, a column of roles for each project."""
    rows = [_row(PERSON, one["username"], one["groups"], one, projects) for one in page["people"]]
    rows += [_row(GROUP, one["name"], [], one, projects) for one in page["groups"]]
    return pd.DataFrame(rows, columns=[*FIXED, *projects])


def changes(page: Json, edited: pd.DataFrame, projects: list[str]) -> list[Change]:
    """The cells that differ from what the API answered."""
    known: dict[tuple[str, str], Json]
    known = {(PERSON, str(one["username"])): one for one in page["people"]}
    known |= {(GROUP, str(one["name"])): one for one in page["groups"]}
    found = []
    for row in edited.to_dict("records"):
        kind, name = str(row[KIND]), str(row[NAME])
        cells = {cell["project"]: cell for cell in known[kind, name]["grants"]}
        for project in projects:
            cell = cells.get(project)
            # An emptied cell is None or NaN.
            before, typed = _shown(cell), row[project]
            after = typed if isinstance(typed, str) else NOTHING
            if after != before:
                version = cell["version"] if cell else None
                found.append(Change(kind, name, project, before, after, version))
    return found


def rows(page: Json, projects: Sequence[str], *, role: str = "") -> list[MatrixRow]:
    """The rows of the matrix as it is drawn: groups, then people, each with its strongest role.

    With `role` only rows that have it somewhere.
    """
    groups = {str(one["name"]): _roles(one) for one in page["groups"]}
    found = [MatrixRow(name, GROUP, "", _signs(own, {}, projects)) for name, own in groups.items()]
    for one in page["people"]:
        through: dict[str, str] = {}
        for group in one["groups"]:
            for slug, given in groups.get(str(group), {}).items():
                through[slug] = max(through.get(slug, NOTHING), given, key=_STRENGTH.__getitem__)
        about = ", ".join(str(group) for group in one["groups"])
        signs = _signs(_roles(one), through, projects)
        found.append(MatrixRow(str(one["username"]), PERSON, about, signs))
    wanted = role[:1]
    return [row for row in found if not wanted or wanted in row.cells.lower()]


def most_access_first(found: Sequence[MatrixRow]) -> list[MatrixRow]:
    """The rows with those first that have most: owners before maintainers, then by how many."""

    def weight(row: MatrixRow) -> list[int]:
        return [-row.cells.lower().count(role[0]) for role in reversed(ROLES)]

    return sorted(found, key=weight)


def change(page: Json, cell: MatrixCell, after: str) -> Change:
    """The change of one cell to another role, or to none."""
    known = page["people"] if cell.kind == PERSON else page["groups"]
    name = "username" if cell.kind == PERSON else "name"
    grants: list[Json] = next((one["grants"] for one in known if one[name] == cell.name), [])
    grant = next((one for one in grants if one["project"] == cell.project), None)
    version = grant["version"] if grant else None
    return Change(cell.kind, cell.name, cell.project, _shown(grant), after, version)


def as_csv(table: pd.DataFrame) -> str:
    """The table for a spreadsheet; no name becomes a formula there."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([unformulated(str(column)) for column in table.columns])
    for row in table.itertuples(index=False):
        writer.writerow([unformulated(str(value)) for value in row])
    return file.getvalue()


def _row(kind: str, name: str, groups: list[str], one: Json, projects: list[str]) -> Json:
    cells = {cell["project"]: cell for cell in one["grants"]}
    fixed = {NAME: name, KIND: kind, GROUPS: ", ".join(groups)}
    return fixed | {project: _shown(cells.get(project)) for project in projects}


def _shown(cell: Json | None) -> str:
    return NOTHING if cell is None or cell["expired"] else str(cell["role"])


def _roles(one: Json) -> dict[str, str]:
    return {str(cell["project"]): shown for cell in one["grants"] if (shown := _shown(cell))}


def _signs(own: Mapping[str, str], through: Mapping[str, str], projects: Sequence[str]) -> str:
    return "".join(_sign(own.get(slug, NOTHING), through.get(slug, NOTHING)) for slug in projects)


def _sign(own: str, through: str) -> str:
    """The letter of the role that counts: a capital where it is one's own."""
    if _STRENGTH[through] > _STRENGTH[own]:
        return through[0]
    return own[:1].upper() or " "
