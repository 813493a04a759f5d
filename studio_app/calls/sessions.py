"""Signing in and out, and the person's own account."""

from studio_app.calls.base import Calls, Json, segment


class SessionCalls(Calls):
    """Calls about the session and the account of who is signed in."""

    def sign_in(self, username: str, password: str) -> Json:
        """A new session: token, expires_at, user, and a ticket that lives 30 seconds."""
        return self.people("POST", "sessions", body={"username": username, "password": password})

    def redeem(self, ticket: str) -> Json:
        """The lasting session behind a ticket; the token that came with the ticket ends."""
        return self.people("POST", "sessions/redeem", body={"ticket": ticket})

    def sign_out(self) -> None:
        """Ends this session on the server; the token is worthless from now on."""
        self.people("DELETE", "sessions/current")

    def sessions(self, *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of my sessions, the newest first: `sessions`, `next_page_token`."""
        return self.people(
            "GET", "sessions", query={"max_results": max_results, "page_token": page_token}
        )

    def end_session(self, session_id: str) -> None:
        """Ends one of my sessions: that browser is signed out at its next click."""
        self.people("DELETE", f"sessions/{segment(session_id)}")

    def end_other_sessions(self) -> None:
        """Ends all my sessions but this one."""
        self.people("DELETE", "sessions")

    def end_sessions_of(self, username: str) -> None:
        """Ends every session of a person. Administrators only."""
        self.people("DELETE", f"users/{segment(username)}/sessions")

    def me(self) -> Json:
        """Who this session speaks as, and the person's projects with role and `may`."""
        return self.people("GET", "me")

    def update_me(self, **fields: str) -> Json:
        """My own account with a new display_name or email."""
        return self.people("PATCH", "me", body=fields)

    def change_password(self, current: str, new: str) -> None:
        """Replaces my password; the current one proves that it is me."""
        self.people("PUT", "me/password", body={"current_password": current, "new_password": new})

    def status(self) -> Json:
        """Whether MLflow answers, and the version of the API."""
        return self.people("GET", "status")
