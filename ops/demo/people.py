"""The demo's people, projects, members and tokens come to be through the REST, once."""

import json
import secrets
from pathlib import Path

from ops.demo.cast import PEOPLE, PROJECTS, WRITERS, Person, Project
from ops.demo.client import Client, DemoError, Refused
from ops.server.secret_files import private_folder, write_private

TOKEN_NAME = "make demo"  # noqa: S105 - what the token is called


def load_passwords(file: Path) -> dict[str, str]:
    """The people's passwords from the file; new random ones for those it does not name."""
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    passwords = {
        person.username: known.get(person.username) or secrets.token_urlsafe(12)
        for person in PEOPLE
    }
    private_folder(file.parent)
    write_private(file, json.dumps(passwords, indent=2) + "\n")
    return passwords


def ensure_person(administrator: Client, client: Client, person: Person, password: str) -> bool:
    """Sign the person in by their client; true if they had to be created for it.

    Raises DemoError if somebody else has the name.
    """
    body = {
        "username": person.username,
        "display_name": person.display_name,
        "email": person.email,
        "password": password,
    }
    try:
        administrator.ask("POST", "/users", body)
    except Refused as refused:
        if refused.status != 409:
            raise
        _sign_in_again(administrator, client, person, password)
        return False
    client.sign_in(person.username, password)
    return True


def _sign_in_again(administrator: Client, client: Client, person: Person, password: str) -> None:
    found = administrator.ask("GET", f"/users?query={person.username}&max_results=1000")["users"]
    if not any(user["email"] == person.email for user in found):
        raise DemoError(
            f"A person '{person.username}' exists who is not of the demo, so the demo leaves "
            "everything as it is. Use an empty Studio for it."
        )
    try:
        client.sign_in(person.username, password)
    except Refused as refused:
        if refused.status != 401:
            raise
        # The file of passwords was lost, or the password was changed.
        administrator.ask("PATCH", f"/users/{person.username}", {"password": password})
        client.sign_in(person.username, password)


def ensure_project(administrator: Client, project: Project) -> bool:
    """Create the project for its owner; true if it is new."""
    body = {
        "slug": project.slug,
        "name": project.name,
        "description": project.description,
        "owner": project.owner,
    }
    try:
        administrator.ask("POST", "/projects", body)
    except Refused as refused:
        if refused.status != 409:
            raise
        return False
    return True


def ensure_members(owner: Client, project: Project) -> None:
    """Give the members their roles. Raises DemoError if the project is not the demo's."""
    try:
        found = owner.ask("GET", f"/projects/{project.slug}/members")["members"]
    except Refused as refused:
        raise DemoError(
            f"The project '{project.slug}' is not the demo's, or was deleted; its name cannot be "
            "used again. Use an empty Studio for the demo."
        ) from refused
    roles = {member["username"]: member["role"] for member in found}
    for username, role in project.members:
        if roles.get(username) != role:
            owner.ask("PUT", f"/projects/{project.slug}/members/{username}", {"role": role})


class Clients:
    """Everybody's session, and the tokens they train with; `close` ends and deletes them all."""

    def __init__(self, address: str) -> None:
        self._doors = {person.username: Client(address) for person in PEOPLE}
        self._token_ids: list[tuple[str, str]] = []
        self.tokens: dict[tuple[str, str], str] = {}

    def of(self, username: str) -> Client:
        """One person's session."""
        return self._doors[username]

    def create_tokens(self) -> None:
        """A token of one day for everybody who writes, for each project they write to."""
        for username, slug in WRITERS:
            body = {"name": TOKEN_NAME, "project": slug, "expires_in_days": 1}
            answer = self._doors[username].ask("POST", "/tokens", body)
            self._token_ids.append((username, answer["id"]))
            self.tokens[username, slug] = answer["token"]

    def close(self) -> None:
        """Delete the tokens and end the sessions."""
        for username, token_id in self._token_ids:
            self._doors[username].ask("DELETE", f"/tokens/{token_id}")
        for client in self._doors.values():
            client.close()


def ensure_people(clients: Clients, administrator: Client, passwords: dict[str, str]) -> int:
    """Everybody, signed in; how many of them are new."""
    return sum(
        ensure_person(administrator, clients.of(who.username), who, passwords[who.username])
        for who in PEOPLE
    )


def ensure_projects(clients: Clients, administrator: Client) -> int:
    """All projects with their members; how many of them are new."""
    created = 0
    for project in PROJECTS:
        created += ensure_project(administrator, project)
        ensure_members(clients.of(project.owner), project)
    return created
