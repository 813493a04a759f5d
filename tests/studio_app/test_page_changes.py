"""Wishes of a page that has been left never reach Streamlit; all others do."""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from studio_app.app.page_changes import PageChanges


def wish(page: str, fragment: str = "", *, back: bool = False) -> bytes:
    """What a browser sends from a page, or from a part of it, or to come to another one."""
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_history_navigation = back
    return bytes(message.SerializeToString())


def beginning(page: str, *fragments: str) -> bytes:
    """What a browser is sent when a run begins."""
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    message.metadata.run.fragment_ids.extend(fragments)
    return bytes(message.SerializeToString())


def at(page: str) -> PageChanges:
    """The socket of a browser that shows a page."""
    changes = PageChanges()
    assert not changes.is_late(wish(""))
    changes.note(beginning(page))
    return changes


def test_what_a_page_wishes_while_it_is_shown_passes() -> None:
    changes = at("run")
    assert not changes.is_late(wish("run", "charts"))
    changes.note(beginning("run", "charts"))
    assert not changes.is_late(wish("run"))
    changes.note(beginning("run"))
    assert not changes.is_late(wish("run", "charts"))


def test_a_part_of_a_page_that_was_left_wishes_nothing_before_the_next_is_shown_nor_after() -> None:
    changes = at("run")
    assert not changes.is_late(wish("runs", back=True))
    assert changes.is_late(wish("run", "values"))
    changes.note(beginning("runs"))
    assert changes.is_late(wish("run", "values"))
    assert not changes.is_late(wish("runs", "charts"))


def test_a_page_that_was_left_is_not_drawn_in_the_place_of_the_next() -> None:
    changes = at("runs")
    assert not changes.is_late(wish("run"))
    assert changes.is_late(wish("runs")), "the table tells its arrangement late"
    assert not changes.is_late(wish("runs", back=True)), "who comes back at once comes back"
    assert not changes.is_late(wish("runs"))


def test_a_page_that_sends_elsewhere_by_itself_is_followed() -> None:
    changes = at("models")
    assert not changes.is_late(wish("models"))
    changes.note(beginning("models"))
    # st.switch_page: nobody asked for it.
    changes.note(beginning("model"))
    assert not changes.is_late(wish("model", "table"))
    assert changes.is_late(wish("models", "table"))


def test_a_typed_address_is_the_page_that_it_leads_to() -> None:
    changes = at("home")
    found = ForwardMsg()
    found.navigation.page_script_hash = "runs"
    changes.note(bytes(found.SerializeToString()))
    assert not changes.is_late(wish("runs", "charts"))
    assert changes.is_late(wish("home", "charts"))


def test_an_address_that_leads_elsewhere_keeps_nobody_waiting() -> None:
    changes = at("home")
    assert not changes.is_late(wish("gone"))
    changes.note(beginning("home"))
    assert not changes.is_late(wish("home"))


def test_what_is_no_wish_is_streamlits_to_answer() -> None:
    changes = at("home")
    assert not changes.is_late(b"\xff\xff")
    message = BackMsg()
    message.stop_script = True
    assert not changes.is_late(bytes(message.SerializeToString()))
    changes.note(bytes(300 * 1024))
