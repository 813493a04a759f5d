"""Projects, what they use, and what was deleted."""

from studio_app.api.base import Calls, Json, if_match, segment


class ProjectCalls(Calls):
    """Calls about projects."""

    def projects(self, query: str = "", *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of the projects I may see; administrators see all."""
        return self.people(
            "GET",
            "projects",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def project(self, slug: str) -> Json:
        """One project with my role and what I may do in it."""
        return self.people("GET", f"projects/{segment(slug)}")

    def create_project(
        self, slug: str, name: str, description: str = "", owner: str | None = None
    ) -> Json:
        """A new project, owned by me or by `owner`."""
        fields = {"slug": slug, "name": name, "description": description}
        return self.people("POST", "projects", body=fields | ({"owner": owner} if owner else {}))

    def update_project(self, slug: str, **fields: str) -> Json:
        """A project with a new name or description; the slug never changes."""
        return self.people("PATCH", f"projects/{segment(slug)}", body=fields)

    def delete_project(self, slug: str, typed: str) -> None:
        """Deletes a project whose slug or name was typed; its slug is never given out again."""
        self.people("DELETE", f"projects/{segment(slug)}", query={"name": typed})


class TrashCalls(Calls):
    """Calls about what was deleted and can come back."""

    def trash(self, slug: str, kind: str, *, max_results: int = 25, page_token: str = "") -> Json:
        """One page of deleted runs, experiments or models, those deleted last first."""
        query = {"kind": kind, "max_results": max_results, "page_token": page_token}
        return self.people("GET", f"projects/{segment(slug)}/trash", query=query)

    def restore(self, slug: str, kind: str, identity: str) -> Json:
        """Brings one of them back; `left` are aliases that name another version now."""
        body = {"kind": kind, "id": identity}
        return self.people("POST", f"projects/{segment(slug)}/trash/restore", body=body)

    def deleted_projects(self, *, max_results: int = 25, page_token: str = "") -> Json:
        """One page of the deleted projects that I may restore."""
        query = {"max_results": max_results, "page_token": page_token}
        return self.people("GET", "deleted-projects", query=query)

    def restore_project(self, slug: str) -> None:
        """Brings a deleted project back with its members and content."""
        self.people("POST", f"deleted-projects/{segment(slug)}/restore", body={})


class UsageCalls(Calls):
    """Calls about limits and their use."""

    def usage(self, slug: str) -> Json:
        """What a project uses: `storage`, `runs`, `requests`, its `quota` and its last `days`."""
        return self.people("GET", f"projects/{segment(slug)}/usage")

    def usages(self, order: str, *, max_results: int = 25, page_token: str = "") -> Json:
        """One page of what every project uses, by `storage` or by `slug`; for administrators."""
        return self.people(
            "GET",
            "usage",
            query={"order": order, "max_results": max_results, "page_token": page_token},
        )

    def usage_near(self) -> list[Json]:
        """What those of my projects use whose storage or runs are nearly, or quite, used up."""
        return list(self.people("GET", "usage/near")["usage"])

    def set_quota(
        self, slug: str, limits: dict[str, int | None], *, version: int | None = None
    ) -> Json:
        """Gives a project limits of its own: None is the default for all, 0 no limit.

        With `version`, raises ApiError 409 "stale_version" if somebody changed them meanwhile.
        """
        return self.people(
            "PUT", f"projects/{segment(slug)}/quota", body=limits, headers=if_match(version)
        )

    def reset_quota(self, slug: str, *, version: int | None = None) -> None:
        """Gives a project the limits for all again."""
        self.people("DELETE", f"projects/{segment(slug)}/quota", headers=if_match(version))
