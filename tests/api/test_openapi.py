"""The OpenAPI document: whole, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

import uac_api.api
from api.conftest import Studio
from uac_api.access.decisions.operations import OPERATIONS
from uac_api.api import make_app

OPEN = {
    ("post", "/studio/v1/sessions"),
    ("post", "/studio/v1/sessions/redeem"),
    ("post", "/studio/v1/invitations/read"),
    ("post", "/studio/v1/invitations/accept"),
    ("post", "/studio/v1/sessions/oidc"),
    ("get", "/studio/v1/single-sign-on"),
}
# The public contract: an operation that goes away, or comes, must be meant.
CONTRACT = """
    get /audit                                get /experiments
    get /me                                   patch /me
    put /me/password                          get /models
    get /me/identities
    get /projects                             post /projects
    get /projects/{slug}                      patch /projects/{slug}
    delete /projects/{slug}                   get /projects/{slug}/members
    put /projects/{slug}/members/{username}   delete /projects/{slug}/members/{username}
    post /sessions                            delete /sessions/current
    post /sessions/redeem                     get /status
    get /tokens                               post /tokens
    delete /tokens/{token_id}                 get /users
    post /users                               patch /users/{username}
    get /runs                                 get /traces
    get /sessions                             delete /sessions
    delete /sessions/{session_id}             delete /users/{username}/sessions
    get /sign-in-delays                       delete /sign-in-delays
    delete /users/{username}                  get /requests
    get /invitations                          post /invitations
    delete /invitations/{invitation_id}       post /invitations/read
    post /invitations/accept
    get /projects/{slug}/requests             post /projects/{slug}/requests
    post /projects/{slug}/requests/{request_id}/grant
    post /projects/{slug}/requests/{request_id}/decline
    post /tokens/{token_id}/rotate            get /tokens/all
    post /tokens/find                         delete /tokens/all/{token_id}
    get /projects/{slug}/tokens               delete /projects/{slug}/tokens/{token_id}
    get /projects/{slug}/service-accounts     post /projects/{slug}/service-accounts
    patch /projects/{slug}/service-accounts/{username}
    delete /projects/{slug}/service-accounts/{username}
    get /projects/{slug}/service-accounts/{username}/tokens
    post /projects/{slug}/service-accounts/{username}/tokens
    post /projects/{slug}/service-accounts/{username}/tokens/{token_id}/rotate
    delete /projects/{slug}/service-accounts/{username}/tokens/{token_id}
    get /audit/timeline                       get /audit/verify
    get /projects/{slug}/groups               get /projects/{slug}/groups/{name}
    put /projects/{slug}/groups/{name}        delete /projects/{slug}/groups/{name}
    get /projects/{slug}/access               get /explain
    get /system
    get /permissions                          get /groups
    post /groups                              get /groups/{name}
    patch /groups/{name}                      delete /groups/{name}
    get /groups/{name}/people                 put /groups/{name}/people/{username}
    delete /groups/{name}/people/{username}
    get /single-sign-on                       post /sessions/oidc
    get /claim-rules                          post /claim-rules
    delete /claim-rules/{rule_id}             get /users/{username}/identities
    put /users/{username}/identities
    delete /users/{username}/identities/{identity_id}
    get /projects/{slug}/trash                post /projects/{slug}/trash/restore
    get /deleted-projects                     post /deleted-projects/{slug}/restore
    get /projects/{slug}/usage                get /usage
    get /usage/near
    put /projects/{slug}/quota                delete /projects/{slug}/quota
    post /runs/query                          post /runs/columns
    post /metrics/curves
    get /projects/{slug}/views                post /projects/{slug}/views
    get /projects/{slug}/views/{view_id}      patch /projects/{slug}/views/{view_id}
    delete /projects/{slug}/views/{view_id}
    get /projects/{slug}/runs/{run_id}/artifacts.zip
    get /projects/{slug}/logged-models/{model_id}/artifacts.zip
"""


@pytest.fixture(scope="module")
def app() -> OpenAPI:
    """The routes without anything behind them."""
    return make_app("0")


@pytest.fixture(scope="module")
def document(app: OpenAPI) -> dict[str, Any]:
    """The document."""
    found: dict[str, Any] = app.api_doc
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def valid_body(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any] | None:
    """The smallest body that the document allows; every required field is a text."""
    if "requestBody" not in operation:
        return None
    (content,) = operation["requestBody"]["content"].values()
    name = content["schema"]["$ref"].rsplit("/", 1)[1]
    return dict.fromkeys(document["components"]["schemas"][name].get("required", []), "text")


def test_the_operations_are_those_of_the_contract(document: dict[str, Any]) -> None:
    found = {(method, path) for method, path, _ in operations(document)}
    words = CONTRACT.split()
    contract = zip(words[::2], words[1::2], strict=True)
    assert found == {(method, f"/studio/v1{path}") for method, path in contract}


def test_everybody_anonymous_gets_401_from_every_operation(
    studio: Studio, document: dict[str, Any]
) -> None:
    for method, path, operation in operations(document):
        address = re.sub(r"\{\w+\}", "fraud", path)
        body = valid_body(document, operation)
        if (method, path) in OPEN:
            continue
        for credential in ("", "Bearer mls_unknown", f"Bearer mss_{'x' * 12}_x"):
            headers = {"Authorization": credential} if credential else {}
            reply = studio.anonymous().ask(method.upper(), address, body, headers=headers)
            assert (reply.status, reply.json["error_code"]) == (401, "UNAUTHENTICATED"), path


def test_the_document_says_which_operations_need_a_credential(document: dict[str, Any]) -> None:
    schemes = set(document["components"]["securitySchemes"])
    for method, path, operation in operations(document):
        asked = {name for one in operation.get("security", []) for name in one}
        assert asked == (set() if (method, path) in OPEN else schemes), path


def test_every_route_under_studio_is_documented(app: OpenAPI, document: dict[str, Any]) -> None:
    routes = {
        (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/studio/v1")
    }
    documented = {(method, path) for method, path, _ in operations(document)}
    assert routes - documented == {("get", "/studio/v1/openapi.json")}


def test_who_is_signed_in_reads_the_document_and_nobody_else(studio: Studio) -> None:
    for who in (studio.person("mallory"), studio.program("alice", actions={"read"})):
        reply = who.studio("GET", "/openapi.json")
        assert (reply.status, reply.json) == (200, studio.app.api_doc)
    refused = studio.anonymous().studio("GET", "/openapi.json")
    assert (refused.status, refused.json["reason"]) == (401, "wrong_credentials")


def test_every_error_has_the_one_shape(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        responses = operation["responses"]
        assert {"400", "401", "403", "404", "409", "413", "503"} <= set(responses), path
        assert sum(status.startswith("2") for status in responses) >= 1, (method, path)
        for status, response in responses.items():
            if status[0] in "45":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorOut"}, (path, status)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert found
    assert found <= set(schemas)


def test_every_field_of_an_address_is_declared(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        given = operation.get("parameters", [])
        declared = {one["name"] for one in given if one["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), path


def test_every_operation_has_a_sentence_and_a_name_of_its_own(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(operation["summary"] for _, _, operation in operations(document))


def test_the_table_of_operations_holds_what_is_asked_for_and_no_more() -> None:
    folder = Path(uac_api.api.__file__).parent
    source = " ".join(path.read_text() for path in folder.rglob("*.py"))
    asked = set(re.findall(r'"((?:\w+\.)+(?:everyone|administrators|\w+))"', source))
    creation = {f"projects.create.{who}" for who in ("everyone", "administrators")}
    unused = {name for name in OPERATIONS if name not in asked} - creation
    assert unused == set()
