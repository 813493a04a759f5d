"""What the processes say appears with their names and without secrets."""

import io

from ops.terminal import Terminal


def test_a_line_bears_the_name_of_its_process() -> None:
    stream = io.StringIO()
    Terminal(stream=stream).line("uac", "ready")
    assert stream.getvalue() == "uac    | ready\n"


def test_a_secret_never_appears() -> None:
    stream = io.StringIO()
    Terminal(["hunter2hunter2", "hunter2"], stream).line("uac", "with hunter2hunter2, hunter2")
    assert stream.getvalue() == "uac    | with [hidden], [hidden]\n"
