"""`python -m ops.run.local_session NAME` prints a session of an administrator, good for an hour.

For `make demo` beside a `make run` whose administrator's password nobody has kept. It needs the UAC
database and its keys, so it opens nothing to anybody who could not open it anyway, and the trail
tells of it. Exit codes: 0, or 1 if there is no such administrator, or no database.
"""

from __future__ import annotations

import sys
from contextlib import closing

from sqlalchemy.orm import Session

from configuration.settings import SettingsError
from uac_api.access.audit import events
from uac_api.access.audit.signatures import Signer
from uac_api.access.credentials import sessions
from uac_api.access.database import Database
from uac_api.access.errors import AccessError
from uac_api.access.people import users
from uac_api.settings import load

HOURS = 1


def main(arguments: list[str]) -> int:
    """Print the session's token; the exit code."""
    (username,) = arguments

    def work(session: Session) -> str | None:
        user = users.get(session, username)
        if user.disabled or not user.administrator:
            return None
        told = events.Entry("sessions.create", events.ALLOWED, user="cli", target=username)
        events.write(session, [told])
        return sessions.start(session, user.id, hours=HOURS)[0]

    try:
        settings = load()
        marks = Signer(*settings.mark_keys)
        with closing(Database(settings.database_url, marks)) as database:
            token = database.write(work)
    except (AccessError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    if token is None:
        return 1
    print(token)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
