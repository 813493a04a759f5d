"""Saved views of pages, of a person and of a project."""

from collections.abc import Mapping
from typing import Any

from studio_app.api.base import Calls, Json, if_match, segment


class ViewCalls(Calls):
    """Calls about saved views."""

    def views(self, slug: str, page: str) -> list[Json]:
        """My views of a page and the project's, by name, without what they hold."""
        return list(self.people("GET", _of(slug), query={"page": page})["views"])

    def view(self, slug: str, number: str) -> Json:
        """One view with the `address` that it holds. Raises ApiError 404."""
        return self.people("GET", f"{_of(slug)}/{segment(number)}")

    def create_view(
        self, slug: str, page: str, name: str, address: Mapping[str, str], *, owner: str
    ) -> Json:
        """A new view, of `me` or of the `project`."""
        body = {"page": page, "name": name, "address": dict(address), "owner": owner}
        return self.people("POST", _of(slug), body=body)

    def update_view(self, slug: str, view: Json, **fields: Any) -> Json:
        """A view with another name, address, owner or default.

        Raises ApiError 409 "stale_version" if somebody changed it since it was read.
        """
        path = f"{_of(slug)}/{view['id']}"
        return self.people("PATCH", path, body=fields, headers=if_match(int(view["version"])))

    def delete_view(self, slug: str, view: Json) -> None:
        """Deletes a view, unless somebody changed it since it was read."""
        path = f"{_of(slug)}/{view['id']}"
        self.people("DELETE", path, headers=if_match(int(view["version"])))


def _of(slug: str) -> str:
    return f"projects/{segment(slug)}/views"
