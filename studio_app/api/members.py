"""Roles in a project, and requests for them."""

from studio_app.api.base import Calls, Json, if_match, segment


def previewed(preview: bool) -> Json:
    """The query of a change that is only rehearsed: it answers `differences`, nothing is saved."""
    return {"preview": "true"} if preview else {}


class MemberCalls(Calls):
    """Calls about the members of a project."""

    def members(self, slug: str) -> list[Json]:
        """The people with a role of their own in a project, each with role and version."""
        return list(self.people("GET", f"projects/{segment(slug)}/members")["members"])

    def set_member(
        self,
        slug: str,
        username: str,
        role: str,
        *,
        version: int | None = None,
        preview: bool = False,
        **more: str | None,
    ) -> Json:
        """Adds a member or changes a role; `more` is `expires_at` and `reason`.

        With `version`, raises ApiError 409 "stale_version" if somebody changed it meanwhile.
        """
        return self.people(
            "PUT",
            f"projects/{segment(slug)}/members/{segment(username)}",
            query=previewed(preview),
            body={"role": role, **more},
            headers=if_match(version),
        )

    def remove_member(
        self, slug: str, username: str, *, version: int | None = None, preview: bool = False
    ) -> Json:
        """Takes a person out of a project; the person's very next call is refused."""
        return self.people(
            "DELETE",
            f"projects/{segment(slug)}/members/{segment(username)}",
            query=previewed(preview),
            headers=if_match(version),
        )

    def member_groups(self, slug: str) -> list[Json]:
        """The groups with a role in a project, each with role and version."""
        return list(self.people("GET", f"projects/{segment(slug)}/groups")["groups"])

    def set_member_group(
        self,
        slug: str,
        name: str,
        role: str,
        *,
        version: int | None = None,
        preview: bool = False,
        **more: str | None,
    ) -> Json:
        """Gives everybody in a group a role; `more` is `expires_at` and `reason`."""
        return self.people(
            "PUT",
            f"projects/{segment(slug)}/groups/{segment(name)}",
            query=previewed(preview),
            body={"role": role, **more},
            headers=if_match(version),
        )

    def remove_member_group(
        self, slug: str, name: str, *, version: int | None = None, preview: bool = False
    ) -> Json:
        """Takes a group out of a project; who has no other way in is refused from now on."""
        return self.people(
            "DELETE",
            f"projects/{segment(slug)}/groups/{segment(name)}",
            query=previewed(preview),
            headers=if_match(version),
        )

    def access(
        self, slug: str, query: str = "", *, max_results: int = 50, page_token: str = ""
    ) -> Json:
        """One page of who may do what and through what: `people`, `next_page_token`."""
        return self.people(
            "GET",
            f"projects/{segment(slug)}/access",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def explain(self, user: str, action: str, project: str) -> Json:
        """Whether somebody may do something in a project, and through what or why not."""
        return self.people(
            "GET", "explain", query={"user": user, "action": action, "project": project}
        )


class RequestCalls(Calls):
    """Calls about requests for access to projects."""

    def ask_access(self, slug: str, role: str, message: str) -> str:
        """Asks for a role; the sentence that comes back is the same whether the project exists."""
        body = {"role": role, "message": message}
        return str(self.people("POST", _of(slug), body=body)["message"])

    def request_counts(self) -> list[Json]:
        """The projects that I manage where somebody waits: slug, name, open."""
        return list(self.people("GET", "requests")["projects"])

    def requests_of(self, slug: str, *, max_results: int = 25, page_token: str = "") -> Json:
        """One page of the open requests of a project, the oldest first. Owners only."""
        query = {"max_results": max_results, "page_token": page_token}
        return self.people("GET", _of(slug), query=query)

    def grant_request(self, slug: str, number: int, role: str) -> None:
        """Gives the person who asked a role."""
        self.people("POST", f"{_of(slug)}/{number}/grant", body={"role": role})

    def decline_request(self, slug: str, number: int) -> None:
        """Closes a request; the person who asked is not told."""
        self.people("POST", f"{_of(slug)}/{number}/decline", body={})


def _of(slug: str) -> str:
    return f"projects/{segment(slug)}/requests"
