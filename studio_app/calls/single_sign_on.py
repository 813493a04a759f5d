"""Signing in by the identity provider, and which of its claims lead into which group."""

from studio_app.calls.base import Calls, Json, segment


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
