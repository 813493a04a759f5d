"""`python bound.py PARENT PROGRAM ...` becomes the program, which then dies with its parent.

The kernel is asked for that between fork and exec, where a process with threads must run no Python
of its own (`preexec_fn`): another thread may hold a lock that nobody frees any more. So a small
program of its own asks, and then becomes the one that is wanted; the wish outlives exec.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Become the program of these arguments, bound to the parent that they begin with."""
    parent, program, *rest = arguments
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        # It died before the kernel knew: nobody is left to end us.
        sys.exit(128 + signal.SIGTERM)
    os.execv(program, [program, *rest])  # noqa: S606 - no shell, and what the Procfile names


if __name__ == "__main__":
    main(sys.argv[1:])
