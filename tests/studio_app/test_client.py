"""The client: JSON in and out, one exception for each kind of failure, no token anywhere."""

import socket

import pytest

from people import PASSWORD
from serving import Service
from studio_app.api.client import ApiError, Client, SignedOut, Unavailable


def test_me_names_the_person_and_their_projects(service: Service) -> None:
    me = service.client("alice").me()
    assert me["user"]["username"] == "alice"
    assert [project["slug"] for project in me["projects"]] == ["fraud"]


def test_a_stranger_sees_no_projects(service: Service) -> None:
    assert service.client("mallory").me()["projects"] == []


def test_a_missing_session_is_signed_out(service: Service) -> None:
    with pytest.raises(SignedOut) as caught:
        Client(service.api.url).me()
    assert caught.value.status == 401


def test_a_wrong_password_is_signed_out(service: Service) -> None:
    with pytest.raises(SignedOut):
        Client(service.api.url).sign_in("alice", "not the password")


def test_a_session_is_over_after_sign_out(service: Service) -> None:
    alice = service.client("alice")
    alice.sign_out()
    with pytest.raises(SignedOut):
        alice.me()


def test_a_ticket_works_once_and_replaces_the_first_token(service: Service) -> None:
    anyone = Client(service.api.url)
    begun = anyone.sign_in("alice", PASSWORD)
    lasting = anyone.redeem(begun["ticket"])["token"]
    assert Client(service.api.url, lasting).me()["user"]["username"] == "alice"
    with pytest.raises(SignedOut):
        Client(service.api.url, begun["token"]).me()
    with pytest.raises(ApiError):
        anyone.redeem(begun["ticket"])


def test_an_error_carries_the_sentence_and_the_request_id(service: Service) -> None:
    with pytest.raises(ApiError) as caught:
        service.client("bob").set_member("fraud", "mallory", "viewer")
    assert caught.value.status == 403
    assert caught.value.message
    assert caught.value.request_id


def test_a_stale_version_is_refused(service: Service) -> None:
    alice = service.client("alice")
    bob = next(member for member in alice.members("fraud") if member["username"] == "bob")
    alice.set_member("fraud", "bob", "maintainer", version=bob["version"])
    with pytest.raises(ApiError) as caught:
        alice.set_member("fraud", "bob", "viewer", version=bob["version"])
    assert (caught.value.status, caught.value.reason) == (409, "stale_version")


def test_a_refused_connection_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(Unavailable) as caught:
        Client(url, "mls_secret").me()
    assert caught.value.reason == "api_unavailable"


def test_mlflow_away_is_unavailable_and_says_so(service: Service) -> None:
    bob = service.client("bob")
    service.mlflow.stop()
    with pytest.raises(Unavailable) as caught:
        bob.mlflow("fraud", "GET", "api/2.0/mlflow/experiments/get", query={"experiment_id": "1"})
    assert caught.value.reason == "mlflow_unavailable"


def test_an_answer_that_is_not_json_is_an_error_with_a_hint(service: Service) -> None:
    with pytest.raises(ApiError, match="not JSON"):
        service.client("bob").mlflow(
            "fraud", "GET", "api/2.0/mlflow/experiments/get", query={"experiment_id": "1"}
        )


def test_a_download_stops_at_its_limit(service: Service) -> None:
    bob = service.client("bob")
    query = {"run_uuid": "a" * 32, "path": "x.bin"}
    whole = bob.download("fraud", "get-artifact", query=query)
    part = bob.download("fraud", "get-artifact", query=query, limit=64)
    assert (len(whole.content), whole.truncated, whole.size) == (1000, False, 1000)
    assert (part.content, part.truncated, part.size) == (whole.content[:64], True, 1000)


def test_a_stranger_downloads_nothing(service: Service) -> None:
    with pytest.raises(ApiError) as caught:
        service.client("mallory").download("fraud", "get-artifact", query={"path": "x.bin"})
    assert caught.value.status in {403, 404}


def test_names_are_quoted_in_paths(service: Service) -> None:
    with pytest.raises(ApiError) as caught:
        service.client("admin").update_user("../projects/fraud", disabled=True)
    assert caught.value.status == 404


def test_no_exception_and_no_repr_shows_the_token() -> None:
    client = Client("http://127.0.0.1:9", "mls_very_secret")
    with pytest.raises(Unavailable) as caught:
        client.me()
    chain = [caught.value, caught.value.__cause__]
    assert "very_secret" not in repr(client) + "".join(repr(error) for error in chain)
