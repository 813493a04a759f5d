"""A port in use is found before anything starts."""

import socket

from ops.run.ports import conflicts, is_free


def test_a_port_in_use_is_named_with_the_variable_that_moves_it() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free(port)
        (sentence,) = conflicts({"UAC_PORT": port})
    assert str(port) in sentence
    assert "UAC_PORT" in sentence


def test_a_listener_on_all_addresses_is_found_too() -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104 - the case of this test
        listener.listen()
        assert not is_free(listener.getsockname()[1])


def test_a_free_port_is_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert is_free(port)
    assert conflicts({"UAC_PORT": port}) == []
