"""All tokens: administrators find and revoke, others see nothing."""

import pytest

from serving import Open, Service, choose, press, text
from studio_app.api.client import ApiError, Client, SignedOut


@pytest.mark.parametrize("who", ["alice", "mallory"])
def test_others_see_no_tokens(studio: Open, service: Service, who: str) -> None:
    service.client("bob").create_token("Nightly")
    said = text(studio("all_tokens", who))
    assert "This page is for administrators" in said
    assert "Nightly" not in said


def test_a_token_is_found_by_a_name_or_a_person(studio: Open, service: Service) -> None:
    service.client("bob").create_token("Nightly", project="fraud")
    service.client("alice").create_token("Laptop")
    at = studio("all_tokens", "admin")
    assert all(name in text(at) for name in ("Nightly", "Laptop", "`bob`"))
    at.text_input(key="all-tokens-search").input("bob").run()
    assert "Nightly" in text(at)
    assert "Laptop" not in text(at)
    at.text_input(key="all-tokens-search").input("nowhere").run()
    assert "No token found" in text(at)


def test_a_leaked_token_is_found_by_what_is_left_of_it_and_revoked(
    studio: Open, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = service.client("bob").create_token("Nightly")["token"]
    service.client("alice").create_token("Laptop")
    asked: list[str] = []
    really = Client.all_tokens

    def all_tokens(self: Client, query: str = "", **more: object) -> object:
        asked.append(query)
        return really(self, query, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "all_tokens", all_tokens)
    at = studio("all_tokens", "admin")
    at.text_input(key="all-tokens-search").input(f"leaked: {secret[:12]}").run()
    assert "Nightly" in text(at)
    assert "Laptop" not in text(at)
    choose(at, "Nightly", "Revoke").run()
    assert Client(service.api.url, secret).me()
    press(choose(at, "Nightly", "Revoke"), "Revoke token").run()
    with pytest.raises(SignedOut):
        Client(service.api.url, secret).me()
    assert not any(secret[:8] in one for one in asked), "the text is no part of an address"


def test_a_text_without_a_token_says_what_is_missing(studio: Open) -> None:
    at = studio("all_tokens", "admin")
    at.text_input(key="all-tokens-search").input("mls_ab").run()
    assert "at least four" in at.error[0].value
    at.text_input(key="all-tokens-search").input("mls_zzzz9999zzzz").run()
    assert "No such token" in text(at)


def test_the_api_refuses_whoever_calls_past_the_page(service: Service) -> None:
    for call in (Client.all_tokens, lambda client: client.find_tokens("mls_abcd")):
        with pytest.raises(ApiError) as refusal:
            call(service.client("alice"))
        assert refusal.value.status == 403
