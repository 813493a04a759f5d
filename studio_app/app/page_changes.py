"""Wishes of a page that has been left: dropped, so that they cannot take the new page's place.

A browser names its page with each wish, and learns of another page from the answer. What a part of
the old page sends in between, such as a component that has just been drawn, names the old page:
Streamlit (1.67, `AppSession._on_scriptrunner_event`, `App.handleNewSession`) runs nothing for it,
but tells the browser that this is the page now. The browser then empties the new page and shows
nothing, or fails at the next element ("Bad delta path index"). A wish of the whole old page would
even have it drawn at the new address.
"""

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# The beginning of a run tells the theme and the pages, some 10 KB; tables are not looked into.
_LONGEST_BEGINNING = 256 * 1024


class PageChanges:
    """Follows one socket: which page its browser was told of, and which it has asked for since."""

    def __init__(self) -> None:
        self._shown = ""
        self._asked = ""

    def is_late(self, content: bytes) -> bool:
        """Whether a message of the browser is a wish of a page that it has left."""
        try:
            message = BackMsg.FromString(content)
        except DecodeError:
            # Streamlit says what it makes of it.
            return False
        if message.WhichOneof("type") != "rerun_script":
            return False
        wish = message.rerun_script
        page = str(wish.page_script_hash)
        if not page or not self._shown:
            return False
        if wish.fragment_id:
            return page != (self._asked or self._shown)
        if self._asked and page == self._shown and not wish.is_history_navigation:
            return True
        self._asked = "" if page == self._shown else page
        return False

    def note(self, content: bytes) -> None:
        """Take note of a message to the browser.

        Each run of a whole page tells at its beginning which it is to be, and by its navigation
        which it is: of an address that was typed only that is right.
        """
        if len(content) > _LONGEST_BEGINNING:
            return
        message = ForwardMsg.FromString(content)
        match message.WhichOneof("type"):
            case "new_session" if not message.metadata.run.fragment_ids:
                self._shown = message.new_session.page_script_hash
                self._asked = ""
            case "navigation":
                self._shown = message.navigation.page_script_hash
