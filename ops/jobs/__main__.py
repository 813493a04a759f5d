"""`python -m ops.jobs` does scheduled jobs until it is stopped; `now NAME` does one at once.

`healthy` tells whether the process of this machine works and has its databases, `alive` only
whether it works: for a platform that ends what is not. `accept-artifacts` says that the artifact
store of now is the right one. Exit codes: 0, 1 not so or failed, 2 the settings are wrong.
"""

from __future__ import annotations

import sys

from ops.jobs import pulse


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit code."""
    if len(arguments) == 1 and arguments[0] in pulse.QUESTIONS:
        return int(not pulse.says_yes(arguments[0]))
    # Seconds of a processor, which a health check must not cost.
    from ops.jobs.commands import main as work

    return work(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
