"""Invitations."""

from studio_app.calls.base import Calls, Json, segment


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
