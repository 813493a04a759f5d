"""The trash of a project, and deleted projects."""

from studio_app.calls.base import Calls, Json, segment


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
