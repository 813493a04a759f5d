"""The door for invited people: the page behind the links `/join#<secret>`.

A browser never sends what follows the # to a server, and Streamlit cannot read it. So this page
is plain: the script /studio.js takes the secret out of the address, has the cookie route keep it,
and goes on to the page Invitation.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse

from studio_app.auth.sign_in import BROWSER_SCRIPT
from studio_app.ui.plain_page import plain_page

PATH = "/join"

_PAGE = plain_page(
    "Invitation",
    f"""<p role="status" data-studio-invitation>Opening your invitation …</p>
<noscript>ML Studio needs JavaScript. Switch it on, then open the link again.</noscript>
<script src="{BROWSER_SCRIPT}"></script>""",
)


def page(_request: Request) -> HTMLResponse:
    """The page, the same for every invitation."""
    return HTMLResponse(_PAGE, headers={"Cache-Control": "no-store"})
