"""How a browser component is arranged, and how that and the address of the page agree."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import streamlit as st

from studio_app import session

V = TypeVar("V")


@dataclass(frozen=True)
class Agreement(Generic[V]):
    """What the browser and the address said last, and the view that the browser was given.

    Another `stamp` makes the browser take `given`. `acts` are what else the component had sent.
    """

    sent: V | None
    address: V
    given: V
    stamp: int = 0
    acts: Hashable = None


def agree(
    place: str,
    sent: V | None,
    read: Callable[[], V],
    put: Callable[[V], None],
    acts: Hashable = None,
) -> Agreement[V]:
    """How it is arranged now: as the person has just done it, else as the address says.

    What the browser sent goes into the address (`put`), and an address that changed otherwise
    (Back, a link) goes to the browser. What the browser was given stays the same meanwhile, so
    that an arrangement sends it no data again.
    """
    address = read()
    first = Agreement(sent, address, address)
    before: Agreement[V] = st.session_state.get(place, first)
    # A step back says nothing but an address. What comes with a tick may come before the browser
    # had the address that was written last: that one is no step back.
    late = acts != before.acts and address != before.address
    if sent is not None and (sent != before.sent or late):
        put(sent)
        agreed = replace(before, sent=sent, address=read())
    elif address != before.address:
        agreed = Agreement(sent, address, address, before.stamp + 1)
    elif sent is None:
        # Nothing was arranged since it was drawn, which may have been just now.
        agreed = replace(before, sent=None, given=address)
    else:
        agreed = before
    agreed = replace(agreed, acts=acts)
    session.remember(place, agreed)
    return agreed
