"""The door for invited people: the page behind the links `/join#<secret>`.

A browser never sends what follows the # to a server, and Streamlit cannot read it. So this page
is plain: the script /studio.js takes the secret out of the address, has the cookie route keep it,
and goes on to the page Invitation.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse

from studio_app.auth.sign_in import BROWSER_SCRIPT

PATH = "/join"

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Invitation · ML Studio</title>
<style>body {{ font: 1rem/1.6 system-ui, sans-serif; margin: 20vh auto; max-width: 30rem;
padding: 0 1rem; text-align: center }}</style>
</head>
<body>
<p role="status" data-studio-invitation>Opening your invitation …</p>
<noscript>ML Studio needs JavaScript. Switch it on, then open the link again.</noscript>
<script src="{BROWSER_SCRIPT}"></script>
</body>
</html>
"""


def page(_request: Request) -> HTMLResponse:
    """The page, the same for every invitation."""
    return HTMLResponse(_PAGE, headers={"Cache-Control": "no-store"})
