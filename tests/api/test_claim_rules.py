"""The rules that put people into groups by the provider's claims."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio
from api.provided import Make, Provided, make, provider, running, sso
from databases import every_database

__all__ = ["make", "provider", "running", "sso"]

RULE = {"claim": "groups", "value": "physics", "group": "analysts"}


@pytest.fixture
def admin(sso: Provided) -> Caller:
    return sso.person("admin")


def test_an_administrator_makes_reads_and_deletes_rules(sso: Provided, admin: Caller) -> None:
    sso.group("analysts")
    made = admin.studio("POST", "/claim-rules", RULE)
    assert made.status == 201
    assert {name: made.json[name] for name in RULE} == RULE
    assert made.json["created_by"] == "admin"
    assert admin.studio("GET", "/claim-rules").json["claim_rules"] == [made.json]
    assert admin.studio("DELETE", f"/claim-rules/{made.json['id']}").status == 204
    assert admin.studio("GET", "/claim-rules").json["claim_rules"] == []
    deleted, created = sso.events()
    assert (created.operation, created.target) == ("claim_rules.create", "groups=physics: analysts")
    assert (deleted.operation, deleted.target) == ("claim_rules.delete", "groups=physics: analysts")


def test_without_a_claim_the_usual_one_is_meant(make: Make) -> None:
    sso = make(oidc_groups_claim="roles")
    sso.group("analysts")
    reply = sso.person("admin").studio("POST", "/claim-rules", {"value": "v", "group": "analysts"})
    assert reply.json["claim"] == "roles"


def test_others_neither_read_nor_change_rules(sso: Provided) -> None:
    sso.group("analysts", "physics")
    for caller in (sso.person("alice"), sso.person("mallory"), sso.program("admin")):
        assert caller.studio("GET", "/claim-rules").status == 403
        assert caller.studio("POST", "/claim-rules", RULE).status == 403
        assert caller.studio("DELETE", "/claim-rules/1").status == 403


@every_database
def test_a_rule_is_made_once_and_for_a_group_that_exists(sso: Provided, admin: Caller) -> None:
    missing = admin.studio("POST", "/claim-rules", RULE)
    assert (missing.status, missing.json["reason"]) == (404, "no_such_group")
    sso.group("analysts", "physics")
    twice = admin.studio("POST", "/claim-rules", RULE)
    assert (twice.status, twice.json["reason"]) == (409, "already_exists")


@pytest.mark.parametrize(
    "change", [{"claim": ""}, {"value": ""}, {"value": "x" * 255}, {"claim": "a\nb"}, {"group": 7}]
)
def test_a_rule_that_is_not_right_is_refused(
    sso: Provided, admin: Caller, change: dict[str, object]
) -> None:
    sso.group("analysts")
    assert admin.studio("POST", "/claim-rules", {**RULE, **change}).status == 400


@pytest.mark.parametrize("number", ["7", "0", "x", "²", "99999999999999999999"])
def test_a_rule_that_is_missing_is_told(admin: Caller, number: str) -> None:
    reply = admin.studio("DELETE", f"/claim-rules/{number}")
    assert (reply.status, reply.json["reason"]) == (404, "no_such_rule")


@every_database
def test_rules_are_paged(sso: Provided, admin: Caller) -> None:
    sso.group("analysts", *(f"value-{number}" for number in range(5)))
    seen, token = [], ""
    for _ in range(3):
        page = admin.studio("GET", f"/claim-rules?max_results=2&page_token={token}").json
        seen += [rule["value"] for rule in page["claim_rules"]]
        token = page["next_page_token"]
    assert (seen, token) == ([f"value-{number}" for number in range(5)], "")


def test_with_the_last_rule_of_a_group_everybody_leaves_whom_claims_brought(
    sso: Provided, admin: Caller
) -> None:
    sso.group("analysts", "one", "two")
    sso.exchange(sso.provider.id_token(groups=["one"]))
    sso.put_into("analysts", "bob")
    one, two = (rule["id"] for rule in admin.studio("GET", "/claim-rules").json["claim_rules"])
    admin.studio("DELETE", f"/claim-rules/{one}")
    assert sso.groups_of("zoe") == {"analysts"}
    admin.studio("DELETE", f"/claim-rules/{two}")
    assert sso.groups_of("zoe") == set()
    assert sso.groups_of("bob") == {"analysts"}


def test_rules_can_be_made_before_single_sign_on_is_set_up(studio: Studio) -> None:
    assert studio.person("admin").studio("GET", "/claim-rules").status == 200
