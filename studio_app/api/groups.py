"""Groups and the people in them."""

from studio_app.api.base import Calls, Json, if_match, segment
from studio_app.api.members import previewed


class GroupCalls(Calls):
    """Calls about groups; with `preview` they answer `differences` and save nothing."""

    def groups(self, query: str = "", *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of the groups I may see; administrators see all."""
        return self.people(
            "GET",
            "groups",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def group(self, name: str) -> Json:
        """One group with how many people and projects it has."""
        return self.people("GET", f"groups/{segment(name)}")

    def create_group(self, name: str, description: str = "") -> Json:
        """A new group. Administrators only."""
        return self.people("POST", "groups", body={"name": name, "description": description})

    def update_group(
        self, group: str, *, name: str, description: str, version: int | None = None
    ) -> Json:
        """A group with a new name or description. Administrators only."""
        return self.people(
            "PATCH",
            f"groups/{segment(group)}",
            body={"name": name, "description": description},
            headers=if_match(version),
        )

    def delete_group(self, name: str, *, version: int | None = None, preview: bool = False) -> Json:
        """Deletes a group with all its roles. Administrators only."""
        return self.people(
            "DELETE",
            f"groups/{segment(name)}",
            query=previewed(preview),
            headers=if_match(version),
        )

    def group_people(
        self, name: str, query: str = "", *, max_results: int = 50, page_token: str = ""
    ) -> Json:
        """One page of who is in a group: `people`, `next_page_token`."""
        return self.people(
            "GET",
            f"groups/{segment(name)}/people",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def add_to_group(self, name: str, username: str, *, preview: bool = False) -> Json:
        """Puts a person into a group. Administrators only."""
        return self.people(
            "PUT",
            f"groups/{segment(name)}/people/{segment(username)}",
            query=previewed(preview),
            body={},
        )

    def remove_from_group(self, name: str, username: str, *, preview: bool = False) -> Json:
        """Takes a person out of a group. Administrators only."""
        return self.people(
            "DELETE",
            f"groups/{segment(name)}/people/{segment(username)}",
            query=previewed(preview),
        )

    def permissions(
        self,
        *,
        user: str = "",
        group: str = "",
        project: str = "",
        max_results: int = 50,
        page_token: str = "",
    ) -> Json:
        """One page of the matrix: `people` and their `groups`, with roles. Administrators only."""
        wanted = {"user": user, "group": group, "project": project}
        page = {"max_results": max_results, "page_token": page_token}
        return self.people("GET", "permissions", query=wanted | page)
