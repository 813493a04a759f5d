"""The only module that speaks to uac_api: one method per call, JSON in and out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import urllib3

from studio_app import transport
from studio_app.errors import ApiError, SignedOut, Unavailable
from studio_app.transport import Query

__all__ = ["ApiError", "Client", "Download", "Json", "SignedOut", "Unavailable"]

Json = dict[str, Any]
PEOPLE = "/studio/v1"


@dataclass(frozen=True)
class Download:
    """A file, or its first bytes when `truncated`. `size` is in bytes, None when unknown."""

    content: bytes
    content_type: str
    truncated: bool
    size: int | None


class Client:
    """Calls of one person, made with that person's own session token.

    Every method raises ApiError, SignedOut or Unavailable (studio_app.errors).
    """

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token

    def __repr__(self) -> str:
        return f"Client({self._base_url!r})"

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The decoded JSON answer of any path of the API; None for an empty answer."""
        answer = transport.send(
            method,
            self._base_url + path,
            token=self._token,
            query=query,
            body=body,
            headers=headers,
        )
        return transport.decoded(answer.data)

    def mlflow(
        self,
        project: str,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
    ) -> Any:
        """The answer of an MLflow path of one project, such as `api/2.0/mlflow/runs/get`."""
        return self.request(method, _project_path(project, path), query=query, body=body)

    def download(
        self, project: str, path: str, *, query: Query | None = None, limit: int | None = None
    ) -> Download:
        """A file of a project, at most `limit` bytes of it."""
        answer = transport.send(
            "GET",
            self._base_url + _project_path(project, path),
            token=self._token,
            query=query,
            stream=True,
        )
        try:
            content = answer.read() if limit is None else answer.read(limit + 1)
        except urllib3.exceptions.HTTPError as error:
            raise transport.unreachable(answer.headers.get("X-Request-ID", "")) from error
        truncated = limit is not None and len(content) > limit
        if truncated:
            answer.close()
        answer.release_conn()
        length = answer.headers.get("Content-Length", "")
        return Download(
            content=content[:limit] if truncated else content,
            content_type=answer.headers.get("Content-Type", "application/octet-stream"),
            truncated=truncated,
            size=int(length) if length.isdigit() else None if truncated else len(content),
        )

    # Sessions

    def sign_in(self, username: str, password: str) -> Json:
        """A new session: token, expires_at, user, and a ticket that lives 30 seconds."""
        return self._people("POST", "sessions", body={"username": username, "password": password})

    def redeem(self, ticket: str) -> Json:
        """The lasting session behind a ticket; the token that came with the ticket ends."""
        return self._people("POST", "sessions/redeem", body={"ticket": ticket})

    def sign_out(self) -> None:
        """Ends this session on the server; the token is worthless from now on."""
        self._people("DELETE", "sessions/current")

    def me(self) -> Json:
        """Who this session speaks as, and the person's projects with role and `may`."""
        return self._people("GET", "me")

    def update_me(self, **fields: str) -> Json:
        """My own account with a new display_name or email."""
        return self._people("PATCH", "me", body=fields)

    def change_password(self, current: str, new: str) -> None:
        """Replaces my password; the current one proves that it is me."""
        self._people("PUT", "me/password", body={"current_password": current, "new_password": new})

    def status(self) -> Json:
        """Whether MLflow answers, and the version of the API."""
        return self._people("GET", "status")

    # Users

    def users(self, query: str = "", *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of users: `users` and `next_page_token`. Administrators only."""
        return self._people(
            "GET",
            "users",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def create_user(
        self,
        username: str,
        password: str,
        *,
        display_name: str = "",
        email: str = "",
        administrator: bool = False,
    ) -> Json:
        """A new user. Administrators only."""
        fields = {"username": username, "password": password, "administrator": administrator}
        given = {"display_name": display_name, "email": email}
        fields |= {name: value for name, value in given.items() if value}
        return self._people("POST", "users", body=fields)

    def update_user(self, username: str, **fields: object) -> Json:
        """A user with new display_name, email, disabled, administrator or password."""
        return self._people("PATCH", f"users/{_segment(username)}", body=fields)

    # Projects and members

    def projects(self, query: str = "", *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of the projects I may see; administrators see all."""
        return self._people(
            "GET",
            "projects",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def project(self, slug: str) -> Json:
        """One project with my role and what I may do in it."""
        return self._people("GET", f"projects/{_segment(slug)}")

    def create_project(
        self, slug: str, name: str, description: str = "", owner: str | None = None
    ) -> Json:
        """A new project, owned by me or by `owner`."""
        fields = {"slug": slug, "name": name, "description": description}
        return self._people("POST", "projects", body=fields | ({"owner": owner} if owner else {}))

    def update_project(self, slug: str, **fields: str) -> Json:
        """A project with a new name or description; the slug never changes."""
        return self._people("PATCH", f"projects/{_segment(slug)}", body=fields)

    def delete_project(self, slug: str) -> None:
        """Deletes a project with everything in it; its slug is never given out again."""
        self._people("DELETE", f"projects/{_segment(slug)}")

    def members(self, slug: str) -> list[Json]:
        """The members of a project, each with role and version."""
        return list(self._people("GET", f"projects/{_segment(slug)}/members")["members"])

    def set_member(
        self, slug: str, username: str, role: str, *, version: int | None = None
    ) -> Json:
        """Adds a member or changes a role.

        With `version`, raises ApiError 409 "stale_version" if somebody changed it meanwhile.
        """
        return self._people(
            "PUT",
            f"projects/{_segment(slug)}/members/{_segment(username)}",
            body={"role": role},
            headers=_if_match(version),
        )

    def remove_member(self, slug: str, username: str, *, version: int | None = None) -> None:
        """Takes a person out of a project; the person's very next call is refused."""
        self._people(
            "DELETE",
            f"projects/{_segment(slug)}/members/{_segment(username)}",
            headers=_if_match(version),
        )

    # Tokens

    def tokens(self) -> list[Json]:
        """My personal tokens, without their secrets."""
        return list(self._people("GET", "tokens")["tokens"])

    def create_token(
        self,
        name: str,
        *,
        project: str | None = None,
        actions: list[str] | None = None,
        expires_in_days: int | None = None,
    ) -> Json:
        """A new token; its field `token` holds the secret, this once only."""
        wanted = {"project": project, "actions": actions, "expires_in_days": expires_in_days}
        given = {name: value for name, value in wanted.items() if value is not None}
        return self._people("POST", "tokens", body={"name": name, **given})

    def delete_token(self, token_id: str) -> None:
        """Deletes one of my tokens; programs that use it are refused from now on."""
        self._people("DELETE", f"tokens/{_segment(token_id)}")

    # Over all my projects

    def experiments(
        self,
        *,
        project: str | None = None,
        query: str = "",
        max_results: int = 50,
        page_token: str = "",
    ) -> Json:
        """One page of experiments, newest update first: `experiments`, `next_page_token`."""
        return self._people(
            "GET", "experiments", query=_page(project, query, max_results, page_token)
        )

    def models(
        self,
        *,
        project: str | None = None,
        query: str = "",
        max_results: int = 50,
        page_token: str = "",
    ) -> Json:
        """One page of registered models: `models`, `next_page_token`."""
        return self._people("GET", "models", query=_page(project, query, max_results, page_token))

    def _people(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        answer = self.request(method, f"{PEOPLE}/{path}", query=query, body=body, headers=headers)
        return answer if isinstance(answer, dict) else {}


def _segment(value: str) -> str:
    return quote(value, safe="")


def _project_path(project: str, path: str) -> str:
    return f"/projects/{_segment(project)}/{path.lstrip('/')}"


def _page(project: str | None, query: str, max_results: int, page_token: str) -> Json:
    return {
        "project": project,
        "query": query,
        "order": "updated",
        "max_results": max_results,
        "page_token": page_token,
    }


def _if_match(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'"{version}"'}
