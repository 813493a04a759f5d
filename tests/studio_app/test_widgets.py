"""Foreign text in Markdown stays the text that it is."""

import pytest

from studio_app.ui import widgets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" leading and trailing ", "leading and trailing"),
        ("two\n\nlines", "two lines"),
        ("  ", "␣"),
        ("", ""),
        ("*a* [b](c) $d$", r"\*a\* \[b\](c) \$d\$"),
        (":material/home: <b>", "\\:\u2060material/home\\: \\<b>"),
        ("- a", r"\- a"),
        ("12. a", r"12\. a"),
        ("> a", r"\> a"),
        ("&lt;", r"\&lt;"),
        ("a-b", "a-b"),
        ("\udcff", "?"),
        ("fr\u202eduaf", "frU+202Eduaf"),
        ("\u2067a\u2069", "U+2067aU+2069"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_a_foreign_text_stays_on_its_line_and_has_no_markup(text: str, shown: str) -> None:
    assert widgets.plain(text) == shown


def test_a_very_long_name_is_shortened_and_can_be_read_on_hover() -> None:
    assert widgets.named("sgd") == ("sgd", None)
    title, whole = widgets.named("x" * 1000)
    assert len(title) == 120
    assert title.endswith("…")
    assert whole == "x" * 1000
