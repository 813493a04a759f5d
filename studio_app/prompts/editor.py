"""Writing a prompt: its text or messages beside a preview, and what is stored with it."""

import json
import re

import streamlit as st

from studio_app import session
from studio_app.prompts import preview, prompts, templates
from studio_app.prompts.prompts import Draft, Prompt, PromptVersion
from studio_app.prompts.templates import Message
from studio_app.ui import navigation, widgets

# MLflow's own client refuses other names (mlflow.prompt.constants of 3.17).
_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_ROLES = ("system", "user", "assistant")
_KINDS = {"text": "Text", "chat": "Chat"}
_MOST_MESSAGES = 30


def show(slug: str, prompt: Prompt | None, base: PromptVersion | None) -> None:
    """Draws the form of a new prompt, or of a new version that begins from `base`."""
    key = f"edit-{slug}-{prompt.name if prompt else ''}-{base.number if base else ''}"
    left, right = st.columns(2, gap="large")
    with left:
        name, description = ("", "") if prompt else _ask_name()
        messages, draft = _ask_template(key, base)
        draft = _ask_rest(key, base, draft)
        mistake = _mistake(prompt.name if prompt else name, draft)
        if mistake:
            st.caption(f":material/info: {mistake}")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Cancel", key="edit-cancel"):
                _leave(slug, prompt.name if prompt else "", base.number if base else "")
            verb = "Save version" if prompt else "Create prompt"
            saved = st.button(verb, type="primary", key="edit-save", disabled=bool(mistake))
    with right:
        _preview(messages)
    if saved:
        with widgets.answering():
            number = _save(slug, prompt, name, description, draft)
            if number:
                _leave(slug, prompt.name if prompt else name, number)
            st.error(
                f"There is a prompt {widgets.plain(name)} already. Choose another name, or write "
                "a new version of it.",
                icon=":material/error:",
            )


def _ask_name() -> tuple[str, str]:
    name = st.text_input(
        "Name",
        key="edit-name",
        max_chars=250,
        placeholder="answer-question",
        help=prompts.NAME_RULE,
    )
    description = st.text_input(
        "Description", key="edit-description", max_chars=5_000, placeholder="What it is for"
    )
    return name.strip(), description.strip()


def _ask_template(key: str, base: PromptVersion | None) -> tuple[list[Message], Draft]:
    """Draws the fields of a text or of messages; the answer is for reading and for storing."""
    if base and any(one.more for one in base.messages):
        return _ask_document(key, base)
    usual = "chat" if base and base.chat else "text"
    # Streamlit forgets the fields of a page that was left: then everything begins anew.
    if f"{key}-kind" not in st.session_state:
        st.session_state[f"{key}-kind"] = usual
        begun = list(base.messages) if base and base.chat else [Message("system", "")]
        session.remember(f"{key}-messages", dict(enumerate(begun)))
    kind = st.segmented_control(
        "Kind",
        list(_KINDS),
        required=True,
        format_func=lambda one: _KINDS[one],
        key=f"{key}-kind",
        help="A text, or messages with roles for models that chat.",
    )
    if kind == "text":
        text = _text_area("Text", base.text if base and not base.chat else "", f"{key}-text", 320)
        return [Message("", text)], Draft(text, chat=False)
    messages = _ask_messages(key)
    return messages, Draft(templates.write_messages(messages), chat=True)


def _ask_messages(key: str) -> list[Message]:
    begun: dict[int, Message] = st.session_state[f"{key}-messages"]
    messages = []
    for place, start in list(begun.items()):
        with st.container(border=True, gap="small"):
            with st.container(horizontal=True, vertical_alignment="center"):
                roles = list(dict.fromkeys([*_ROLES, start.role]))
                role = st.selectbox(
                    "Role",
                    roles,
                    roles.index(start.role),
                    key=f"{key}-role-{place}",
                    accept_new_options=True,
                    label_visibility="collapsed",
                )
                removed = len(begun) > 1 and st.button(
                    "",
                    icon=":material/close:",
                    type="tertiary",
                    key=f"{key}-remove-{place}",
                    help="Remove this message",
                )
            content = _text_area("Message", start.content, f"{key}-content-{place}", 140)
        if removed:
            del begun[place]
            st.rerun()
        messages.append(Message(str(role or "user"), content))
    if len(begun) < _MOST_MESSAGES and st.button(
        "Add message", icon=":material/add:", key=f"{key}-add"
    ):
        begun[max(begun) + 1] = Message("user", "")
        st.rerun()
    return messages


def _ask_document(key: str, base: PromptVersion) -> tuple[list[Message], Draft]:
    """Draws messages with images or tool calls as the JSON that they are."""
    text = st.text_area(
        "Messages (JSON)",
        preview.indented(base.text),
        height=420,
        key=f"{key}-document",
        max_chars=prompts.LONGEST_TEXT,
    )
    found = templates.read_messages(text)
    if found is None:
        return [], Draft("", chat=True)
    return found, Draft(json.dumps(json.loads(text)), chat=True)


def _ask_rest(key: str, base: PromptVersion | None, draft: Draft) -> Draft:
    given = (base.response_format, base.configuration) if base else ("", "")
    with st.expander("Response format and model", expanded=any(given)):
        response_format = st.text_area(
            "Response format (JSON)",
            preview.indented(given[0]) if given[0] else "",
            key=f"{key}-format",
            height=120,
            placeholder='{"type": "object", "properties": {"answer": {"type": "string"}}}',
        )
        configuration = st.text_area(
            "Model (JSON)",
            preview.indented(given[1]) if given[1] else "",
            key=f"{key}-configuration",
            height=100,
            placeholder='{"model_name": "...", "temperature": 0.2}',
        )
    message = st.text_input(
        "What is new",
        key=f"{key}-message",
        max_chars=prompts.LONGEST_MESSAGE,
        placeholder="Shorter, and asks for the language",
        help="The commit message of this version.",
    )
    return Draft(
        draft.text, draft.chat, message.strip(), response_format.strip(), configuration.strip()
    )


def _text_area(label: str, start: str, key: str, height: int) -> str:
    return st.text_area(
        label,
        start,
        key=key,
        height=height,
        max_chars=prompts.LONGEST_TEXT,
        placeholder="Answer {{question}} in one sentence.",
        label_visibility="collapsed",
    )


def _preview(messages: list[Message]) -> None:
    st.markdown("**Preview**")
    names = templates.variables(messages)
    if not any(one.content.strip() or one.more for one in messages):
        st.caption(
            "What you write is shown here when you leave its field. "
            "`{{name}}` is a variable: it gets a field, and its value is put in its place."
        )
        return
    preview.warn_of_program(messages)
    # The text stands first; what is in it depends on the fields below.
    text = st.container()
    values = preview.ask_values(names, "edit-value")
    with text:
        preview.show_filled(messages, values, "edit-preview")


def _mistake(name: str, draft: Draft) -> str:
    """What keeps this from being saved, as a sentence; empty for nothing."""
    if not _NAME.fullmatch(name):
        return f"It needs a name. {prompts.NAME_RULE}"
    if draft.chat and not draft.text:
        return "The messages are no JSON list of objects with a role."
    messages = templates.read_messages(draft.text) if draft.chat else [Message("", draft.text)]
    if not messages or not all(one.content.strip() or one.more for one in messages):
        return "A message is empty." if draft.chat else "The text is empty."
    if len(draft.text) > prompts.LONGEST_TEXT:
        return "All messages together are too long."
    for label, text in (
        ("response format", draft.response_format),
        ("model", draft.configuration),
    ):
        if text and not _is_object(text):
            return f"The {label} is no JSON object."
    return ""


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _save(slug: str, prompt: Prompt | None, name: str, description: str, draft: Draft) -> str:
    """The number of the new version; empty where the name of a new prompt is taken."""
    client, username = session.client(), str(session.person()["username"])
    if prompt is None:
        found = prompts.read(client, slug, name)
        if found is None:
            prompts.create(client, slug, name, description, username)
        # One without versions is what a creation leaves that was cut off half way.
        elif prompts.versions(client, slug, found, 1)[0]:
            return ""
    number = prompts.add_version(client, slug, prompt.name if prompt else name, draft, username)
    widgets.notice(f"Version {number} is saved.")
    return number


def _leave(slug: str, name: str, number: str) -> None:
    if name:
        navigation.go("prompt", project=slug, prompt=name, version=number)
    navigation.go("prompts", project=slug)
