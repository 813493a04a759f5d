"""Who is in a project: people, groups, and what each may do there."""

from studio_app.calls.base import Calls, Json, if_match, segment


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
