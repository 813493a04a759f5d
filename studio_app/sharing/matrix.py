"""The matrix of roles as a table: the API's answer as cells, and edited cells as changes."""

import csv
import io
from dataclasses import dataclass

import pandas as pd

from studio_app.api.client import Client, Json
from studio_app.ui.formats import unformulated

NOTHING = ""
NAME, KIND, GROUPS = "Name", "Kind", "Groups"
FIXED = (NAME, KIND, GROUPS)
PERSON, GROUP = "person", "group"


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
