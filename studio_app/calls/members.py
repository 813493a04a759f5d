"""Who is in a project."""

from studio_app.calls.base import Calls, Json, if_match, segment


class MemberCalls(Calls):
    """Calls about the members of a project."""

    def members(self, slug: str) -> list[Json]:
        """The members of a project, each with role and version."""
        return list(self.people("GET", f"projects/{segment(slug)}/members")["members"])

    def set_member(
        self, slug: str, username: str, role: str, *, version: int | None = None
    ) -> Json:
        """Adds a member or changes a role.

        With `version`, raises ApiError 409 "stale_version" if somebody changed it meanwhile.
        """
        return self.people(
            "PUT",
            f"projects/{segment(slug)}/members/{segment(username)}",
            body={"role": role},
            headers=if_match(version),
        )

    def remove_member(self, slug: str, username: str, *, version: int | None = None) -> None:
        """Takes a person out of a project; the person's very next call is refused."""
        self.people(
            "DELETE",
            f"projects/{segment(slug)}/members/{segment(username)}",
            headers=if_match(version),
        )
