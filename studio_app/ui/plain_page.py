"""A page without Streamlit: for an address that has nothing to draw, or must do something first."""

import html

from studio_app.brand import brand

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title} · {name}</title>
<style>body {{ font: 1rem/1.6 system-ui, sans-serif; margin: 20vh auto; max-width: 30rem;
padding: 0 1rem; text-align: center }} h1 {{ font-size: 1.5rem }}</style>
</head>
<body>
{body}
</body>
</html>
"""


def plain_page(title: str, body: str) -> str:
    """The page as HTML. Both are markup of ours: never put a text of somebody's into them."""
    return _PAGE.format(title=title, body=body, name=html.escape(brand().name))
