"""Signing in and out, by the identity provider too, and delays after wrong passwords."""

from studio_app.api.base import Calls, Json, segment


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

    def my_identities(self) -> list[Json]:
        """Who I am at identity providers: issuer, subject, created_at of each link."""
        return list(self.people("GET", "me/identities")["identities"])

    def change_password(self, current: str, new: str) -> None:
        """Replaces my password; the current one proves that it is me."""
        self.people("PUT", "me/password", body={"current_password": current, "new_password": new})

    def status(self) -> Json:
        """Whether MLflow answers, and the version of the API."""
        return self.people("GET", "status")


class SignInDelayCalls(Calls):
    """Calls about delays after wrong passwords. Administrators only."""

    def sign_in_delays(
        self, query: str = "", *, max_results: int = 50, page_token: str = ""
    ) -> Json:
        """One page of counts, the latest first: `sign_in_delays`, `next_page_token`."""
        return self.people(
            "GET",
            "sign-in-delays",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def clear_sign_in_delays(self, *, account: str = "", address: str = "") -> None:
        """Forgets the wrong passwords of an account, an address, or of both together."""
        self.people("DELETE", "sign-in-delays", query={"account": account, "address": address})


class SingleSignOnCalls(Calls):
    """Calls about single sign-on."""

    def single_sign_on(self) -> Json:
        """Whether people can sign in by an identity provider now: `configured`, `ok`, `message`."""
        return self.people("GET", "single-sign-on")

    def exchange(self, id_token: str) -> Json:
        """A new session for an identity token, as sign_in answers; a token works once."""
        return self.people("POST", "sessions/oidc", body={"id_token": id_token})

    def claim_rules(self, *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of rules: `claim_rules`, `next_page_token`. Administrators only."""
        query = {"max_results": max_results, "page_token": page_token}
        return self.people("GET", "claim-rules", query=query)

    def create_claim_rule(self, claim: str, value: str, group: str) -> Json:
        """A new rule: whose claim has this value is in that group."""
        return self.people(
            "POST", "claim-rules", body={"claim": claim, "value": value, "group": group}
        )

    def delete_claim_rule(self, rule_id: int) -> None:
        """Deletes a rule; with a group's last rule those leave it whom claims brought in."""
        self.people("DELETE", f"claim-rules/{rule_id}")

    def identities(self, username: str) -> list[Json]:
        """The subjects of identity providers that a person signs in by."""
        return list(self.people("GET", f"users/{segment(username)}/identities")["identities"])

    def link_identity(self, username: str, subject: str) -> Json:
        """Lets whoever has this subject at the identity provider sign in as this person."""
        return self.people(
            "PUT", f"users/{segment(username)}/identities", body={"subject": subject}
        )

    def unlink_identity(self, username: str, identity_id: int) -> None:
        """Takes a link away and ends the sessions that began by one."""
        self.people("DELETE", f"users/{segment(username)}/identities/{identity_id}")
