"""A webhook's address is https, on the public internet, and the refusal tells nothing."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from uac_api.errors import BadRequest, TooMany
from uac_api.proxy.checks import webhook_urls
from uac_api.proxy.checks.webhook_urls import require_public

PUBLIC = "93.184.216.34"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What host names resolve to, in place of the network."""
    known: dict[str, list[str]] = {}

    def resolve(host: str, *_: object, **__: object) -> list[Any]:
        if host not in known:
            raise socket.gaierror("no such name")
        return [(0, 0, 0, "", (address, 0)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def refusal(url: str) -> BadRequest:
    """The refusal of an address."""
    with pytest.raises(BadRequest) as raised:
        require_public(url)
    return raised.value


@pytest.mark.parametrize(
    "url",
    [
        f"https://{PUBLIC}/hook",
        f"https://{PUBLIC}:8443/hook?token=x",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/hook",
    ],
)
def test_a_public_address_is_accepted(url: str) -> None:
    require_public(url)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{PUBLIC}/hook",
        f"ftp://{PUBLIC}/hook",
        "file:///etc/passwd",
        "https:///hook",
        "hook",
        f"https://user:password@{PUBLIC}/hook",
        f"https://{PUBLIC}@127.0.0.1/hook",
        f"https://{PUBLIC}\\@127.0.0.1/hook",
        f"https://{PUBLIC}/a b",
        f"https://{PUBLIC}/\r\nX: y",
        f"https://{PUBLIC}:99999/",
        "https://[::1/",
        "https://127.0.0.1/hook",
        "https://127.1/hook",
        "https://2130706433/hook",
        "https://0x7f.0.0.1/hook",
        "https://0177.0.0.1/hook",
        "https://0.0.0.0/hook",
        "https://10.1.2.3/hook",
        "https://172.16.0.1/hook",
        "https://192.168.1.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/hook",
        "https://224.0.1.1/hook",
        "https://255.255.255.255/hook",
        "https://[::1]/hook",
        "https://[fe80::1]/hook",
        "https://[fd00::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://[64:ff9b::7f00:1]/hook",
        "https://[2002:7f00:1::]/hook",
        "https://localhost/hook",
        "https://localhost./hook",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    assert refusal(url).reason == "webhook_target"


def test_every_address_of_a_name_must_be_public(names: dict[str, list[str]]) -> None:
    names["good.example"] = [PUBLIC]
    names["mixed.example"] = [PUBLIC, "10.0.0.7"]
    require_public("https://good.example/hook")
    refusal("https://mixed.example/hook")


def test_a_name_inside_and_a_name_that_is_none_get_the_same_refusal(
    names: dict[str, list[str]],
) -> None:
    names["vault.internal"] = ["10.0.0.7"]
    inside, nothing = refusal("https://vault.internal/"), refusal("https://nothing.internal/")
    assert inside.message == nothing.message
    assert "10.0.0.7" not in inside.message


def test_a_slow_resolver_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def slow(*_: object, **__: object) -> list[Any]:
        answered.wait(30)
        return []

    monkeypatch.setattr(webhook_urls, "RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    begun = time.monotonic()
    refusal("https://slow.example/hook")
    assert time.monotonic() - begun < 20
    answered.set()


def test_resolvers_that_hang_hold_few_threads_and_give_them_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over, free = threading.Event(), threading.BoundedSemaphore(webhook_urls.RESOLVING_AT_ONCE)
    # What other tests left behind counts for them.
    monkeypatch.setattr(webhook_urls, "_resolving", free)

    def hang(*_: object, **__: object) -> list[Any]:
        over.wait(10)
        return []

    monkeypatch.setattr(webhook_urls, "RESOLVE_SECONDS", 0.01)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    for _ in range(webhook_urls.RESOLVING_AT_ONCE):
        refusal("https://slow.example/hook")
    for url in ("https://slow.example/hook", "https://vault.internal/"):
        with pytest.raises(TooMany) as busy:
            webhook_urls.require_public(url)
        assert busy.value.retry_after == 1
    over.set()
    assert free.acquire(timeout=5)
    free.release()
    refusal("https://slow.example/hook")
