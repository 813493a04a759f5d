"""What an address answers that is no page of Studio's.

Streamlit would answer 200 with its own first page, and say below a dialog about a folder of files
that no such file is there.
"""

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse

from studio_app.ui.plain_page import plain_page

_PAGE = plain_page(
    "No such page",
    """<main>
<h1>There is no page at this address</h1>
<p>It may have been cut when it was copied. <a href="/">Go to Home</a></p>
</main>""",
)


class _NameConvertor(StringConvertor):
    """What looks like the name of a page; files beside the pages have a dot.

    To `/oauth2callback` the identity provider sends people back: Streamlit answers there.
    """

    regex = "(?!oauth2callback)[A-Za-z0-9_-]+"


register_url_convertor("page_name", _NameConvertor())
PATH = "/{name:page_name}"


def unknown_page(_request: Request) -> HTMLResponse:
    """Answers 404. What was asked for is not said again."""
    return HTMLResponse(_PAGE, status_code=404, headers={"Cache-Control": "no-store"})
