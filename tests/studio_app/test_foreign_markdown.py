"""Markdown that somebody else wrote."""

import pytest

from studio_app.ui.foreign_markdown import inert


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![spy](https://evil.example/x.png)", "!\\[spy](https://evil.example/x.png)"),
        ("![spy][1]\n\n[1]: //evil.example", "!\\[spy][1]\n\n[1]: //evil.example"),
        ("!![spy](x)", "!!\\[spy](x)"),
        ("\\![spy](x)", "\\!\\[spy](x)"),
        (":green-badge[@champion]", "\\:green-badge[@champion]"),
        ("::small[a]", ":\\:small[a]"),
        (":red{x}", "\\:red{x}"),
        (":material/verified:", ":\u2060material/verified:"),
        ("\\:material_verified:", "\\:\u2060material_verified:"),
        (":streamlit:", ":\u2060streamlit:"),
    ],
)
def test_no_image_and_no_badge_comes_of_a_foreign_text(text: str, shown: str) -> None:
    assert inert(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "# Card\n\n- *one* [link](https://example.org) `code`",
        "| Metric | Value |\n|---|---|\n| auc | 0.9 |",
        "From 10:30 on: all! [see](x) :+1:",
    ],
)
def test_plain_markdown_stays_as_it_is(text: str) -> None:
    assert inert(text) == text
