"""One version of a prompt: who wrote it, its text, where it is used, how it is loaded."""

from collections.abc import Sequence

import streamlit as st

from studio_app import session
from studio_app.models import model_badges, registry, version_dialogs
from studio_app.prompts import comparison, preview, prompts, used_by
from studio_app.prompts.prompts import Prompt, PromptVersion
from studio_app.runs import kept
from studio_app.sharing import keeping
from studio_app.ui import address_fields, breadcrumbs, commands, formats, url_state, widgets

_TABS = ("Text", "Try it", "Compare", "Used by", "Use it")


def show(slug: str, prompt: Prompt, version: PromptVersion, numbers: Sequence[str]) -> None:
    """Draws a version with what this person may do to it; `numbers` are those to compare with."""
    number = version.number
    with st.container(border=True, gap="xsmall", key="prompt-version"):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = f"**Version {number}** {model_badges.badges(version.aliases)}"
            st.markdown(title, width="stretch")
            _menu(slug, prompt, version)
        made = formats.moment(version.created, formats.zone(st.context.timezone))
        breadcrumbs.facts(
            [
                f"written {made}",
                f"by {widgets.plain(version.author)}" if version.author else "",
                "chat" if version.chat else "text",
            ]
        )
        if version.message:
            st.markdown(widgets.plain(version.message))
        if version.tags:
            st.markdown(" ".join(tag(key, value) for key, value in version.tags.items()))
    tabs = address_fields.tabs(_TABS, key="prompt-tab", name="tab")
    text, trial, compared, used, usage = tabs
    if text.open:
        with text:
            _text(version)
    if trial.open:
        with trial:
            _trial(version)
    if compared.open:
        with compared:
            _compared(slug, prompt, version, numbers)
    if used.open:
        with used:
            used_by.show(slug, prompt.name, number)
    if usage.open:
        with usage:
            _usage(prompt, version)


def tag(key: str, value: str) -> str:
    """A tag as Markdown."""
    return f":gray-badge[{widgets.plain(key)}: {widgets.plain(formats.short(value, 60))}]"


def _text(version: PromptVersion) -> None:
    if names := version.variables:
        badges = " ".join(f":violet-badge[{widgets.plain(name)}]" for name in names)
        st.markdown(f"{formats.count(len(names), 'variable').capitalize()} {badges}")
    preview.show_template(version.messages, f"text-{version.number}")
    preview.show_json("Response format", version.response_format)
    preview.show_json("Model", version.configuration)


def _trial(version: PromptVersion) -> None:
    if not version.variables:
        st.caption("This version has no variables: it is used as it is.")
        preview.show_template(version.messages, f"trial-{version.number}")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption("What you type is not stored.")
        values = preview.ask_values(version.variables, "trial")
    with right:
        preview.warn_of_program(version.messages)
        preview.show_filled(version.messages, values, f"trial-{version.number}")


def _compared(slug: str, prompt: Prompt, version: PromptVersion, numbers: Sequence[str]) -> None:
    others = [one for one in numbers if one != version.number]
    if not others:
        widgets.empty_state(
            "Nothing to compare with", "This is the only version.", icon="difference"
        )
        return
    usual = comparison.default_opponent(others, version.number)
    number = address_fields.select(
        "Compare with",
        others,
        key="prompt-against",
        name="against",
        default=usual,
        shown=lambda number: _named(prompt, number),
        width=280,
    )
    other = kept.read(
        ("prompt-version", slug, prompt.name, number),
        lambda: prompts.version(session.client(), slug, prompt, number),
        height=200,
    )
    if other is None:
        st.caption(f"Version {number} is gone.")
    else:
        comparison.show(version, other)


def _named(prompt: Prompt, number: str) -> str:
    aliases = sorted(alias for alias, target in prompt.aliases.items() if target == number)
    return " ".join([f"Version {number}", *(f"@{alias}" for alias in aliases)])


def _usage(prompt: Prompt, version: PromptVersion) -> None:
    ways = [*(f"@{alias}" for alias in version.aliases), f"/{version.number}"]
    names = {way: f"By alias {way}" if way[0] == "@" else f"By version {way[1:]}" for way in ways}
    chosen = st.segmented_control(
        "How it is named",
        ways,
        default=ways[0],
        required=True,
        format_func=lambda way: names[way],
        key=f"prompt-usage-{version.number}",
        label_visibility="collapsed",
    )
    if str(chosen).startswith("@"):
        st.caption("An alias can be moved to another version: what loads it next gets that one.")
    load = commands.load_prompt(f"prompts:/{prompt.name}{chosen}")
    st.markdown("**Load it and fill it**")
    fill = commands.format_prompt(version.variables)
    st.code(f"import mlflow\n\n{load}\n{fill}", language="python")
    if any(one.more for one in version.messages):
        return
    st.markdown("**Register a version**")
    template = (
        [(one.role, one.content) for one in version.messages] if version.chat else version.text
    )
    st.code(
        f"import mlflow\n\n{commands.register_prompt(prompt.name, template)}", language="python"
    )


def _menu(slug: str, prompt: Prompt, version: PromptVersion) -> None:
    allowed = []
    if session.may("promote", slug):
        allowed += ["Aliases", "Tags"]
    if session.may("register", slug):
        allowed.append("Describe")
    if session.may("delete", slug):
        allowed.append("Delete")
    if not allowed:
        return
    name, number = prompt.name, version.number
    chosen = st.menu_button(
        "",
        allowed,
        icon=":material/more_vert:",
        type="tertiary",
        key=f"prompt-version-menu-{number}",
        help=f"What you can do with version {number}",
    )
    if chosen == "Aliases":
        version_dialogs.edit_aliases(slug, name, number, prompt.aliases)
    elif chosen == "Tags":
        version_dialogs.edit_tags(slug, name, number, version.tags)
    elif chosen == "Describe":
        version_dialogs.describe(slug, name, number, version.message)
    elif chosen == "Delete":
        lost = model_badges.badges(version.aliases)
        widgets.confirm(
            f"Delete version {number}",
            f"Programs that load version {number} of **{widgets.plain(name)}** will fail. "
            + (f"The aliases {lost} go with it. " if lost else "")
            + keeping.describe(),
            "Delete version",
            lambda: _delete(slug, name, number),
            done=f"Version {number} is deleted.",
        )


def _delete(slug: str, name: str, number: str) -> None:
    registry.delete_version(session.client(), slug, name, number)
    kept.forget()
    url_state.put("version", "")
