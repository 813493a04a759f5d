"""Accounts of people, and invitations."""

from studio_app.api.base import Calls, Json, segment


class UserCalls(Calls):
    """Calls about people's accounts."""

    def users(
        self,
        query: str = "",
        *,
        show: str = "everybody",
        max_results: int = 50,
        page_token: str = "",
    ) -> Json:
        """One page of users: `users` and `next_page_token`. Administrators only.

        `show` may be everybody, administrators or disabled.
        """
        asked = {"query": query, "show": show}
        return self.people(
            "GET", "users", query={**asked, "max_results": max_results, "page_token": page_token}
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
        return self.people("POST", "users", body=fields)

    def update_user(self, username: str, *, version: str = "", **fields: object) -> Json:
        """A user with new display_name, email, disabled, administrator or password.

        With `version`, raises ApiError 409 "stale_version" if somebody changed it meanwhile.
        """
        seen = {"If-Match": f'"{version}"'} if version else {}
        return self.people("PATCH", f"users/{segment(username)}", body=fields, headers=seen)

    def delete_user(self, username: str, *, owner: str = "", preview: bool = False) -> Json:
        """What the deletion of a user does, or with `preview` would do. Administrators only.

        `owner` takes over the `projects` that only this user owns.
        """
        query = {"owner": owner, "preview": "true" if preview else ""}
        return self.people("DELETE", f"users/{segment(username)}", query=query)


class InvitationCalls(Calls):
    """Calls about invitations; the last two need no session."""

    def invitations(self, *, max_results: int = 25, page_token: str = "") -> Json:
        """One page of open invitations. Administrators only."""
        return self.people(
            "GET", "invitations", query={"max_results": max_results, "page_token": page_token}
        )

    def invite(self, username: str, *, days: int, **fields: str) -> Json:
        """A new invitation; its field `link` is shown this once. Administrators only.

        `fields` are display_name, email, project and role; empty ones are left out.
        """
        given = {name: value for name, value in fields.items() if value}
        body = {"username": username, "expires_in_days": days, **given}
        return self.people("POST", "invitations", body=body)

    def revoke_invitation(self, invitation_id: str) -> None:
        """Takes an open invitation back; its link stops working."""
        self.people("DELETE", f"invitations/{segment(invitation_id)}")

    def read_invitation(self, invitation: str) -> Json:
        """What a link invites to; raises SignedOut for one that does not work."""
        return self.people("POST", "invitations/read", body={"invitation": invitation})

    def accept_invitation(self, invitation: str, password: str) -> Json:
        """A session of the account that is made now: token, ticket, user."""
        return self.people(
            "POST", "invitations/accept", body={"invitation": invitation, "password": password}
        )
