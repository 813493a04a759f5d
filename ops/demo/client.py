"""The REST of ML Studio for people, as one signed-in person uses it."""

import json
import os
from typing import Any

import urllib3


class DemoError(Exception):
    """Why the demo cannot go on, in one line that says what to do."""


class Refused(DemoError):
    """ML Studio answered with an error; `code` is its `error_code`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Client:
    """Speaks to /studio/v1 with one session, which `close` ends."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(60),
            retries=False,
            # As mlflow's own client does.
            ca_certs=os.environ.get("REQUESTS_CA_BUNDLE"),
        )
        self._token: str | None = None

    def sign_in(self, username: str, password: str) -> None:
        """Begin a session. Raises Refused if name or password are wrong."""
        answer = self.ask("POST", "/sessions", {"username": username, "password": password})
        self._token = answer["token"]

    def go_on(self, token: str) -> None:
        """Use a session that was begun elsewhere."""
        self._token = token

    def close(self) -> None:
        """End the session, if there is one."""
        if self._token is not None:
            self.ask("DELETE", "/sessions/current")
            self._token = None
        self._pool.clear()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON of the answer; {} if it has none.

        Raises Refused for an error answer, DemoError if nobody answers.
        """
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            answer = self._pool.request(
                method,
                f"{self._address}/studio/v1{path}",
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
            )
        except urllib3.exceptions.SSLError as error:
            raise DemoError(
                f"The certificate of {self._address} is not trusted here. Name the file of its "
                "authority: REQUESTS_CA_BUNDLE=secrets/tls.crt make demo"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise DemoError(
                f"ML Studio does not answer at {self._address}. Start it with `make run` or "
                "`make up`, or set STUDIO_API_URL to its address."
            ) from error
        content = _object(answer.data)
        if answer.status >= 400:
            message = str(content.get("message") or f"{method} {path} answered {answer.status}.")
            raise Refused(answer.status, str(content.get("error_code", "")), message)
        return content


def _object(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
