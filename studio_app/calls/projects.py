"""Projects."""

from studio_app.calls.base import Calls, Json, segment


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
