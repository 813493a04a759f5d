"""`python -m ops.restore_drill` is `studio drill` as a process that the scheduled jobs start."""

from ops.restore_drill.commands import app
from uac_api import access_log

if __name__ == "__main__":
    # What libraries say goes to standard error: standard output is the report alone.
    access_log.configure("ERROR", service="jobs")
    app(prog_name="studio")
