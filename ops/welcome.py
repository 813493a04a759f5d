"""What `make run` says when everything is healthy: the addresses, and how to sign in."""

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from ops.settings import Settings


def welcome_lines(settings: Settings, created_password: str | None) -> list[str]:
    """The lines of the welcome. A password is among them only when it was just created."""
    lines = [
        f"Studio   {settings.environment['STUDIO_PUBLIC_URL']}",
        f"API      {settings.environment['STUDIO_API_URL']}   (scripts: MLFLOW_TRACKING_URI)",
        f"MLflow   http://127.0.0.1:{settings.ports['MLFLOW_PORT']}   (answers ML Studio only)",
        "",
        f"Sign in as {settings.admin_username}.",
    ]
    if created_password is not None:
        lines.append(f"Password: {created_password}")
        lines.append(f"It is shown this once and kept in {settings.password_file}")
    elif settings.admin_password is not None:
        lines.append("The password was STUDIO_ADMIN_PASSWORD when this person was created.")
    elif settings.password_file.exists():
        lines.append(f"The first password is in {settings.password_file}, unless it was changed.")
    lines += ["", "make demo fills Studio with examples. Ctrl-C stops everything."]
    return lines


def show_welcome(settings: Settings, created_password: str | None) -> None:
    """A panel on a terminal, plain lines in a file or a pipe."""
    console = Console(highlight=False, soft_wrap=True)
    text = "\n".join(welcome_lines(settings, created_password))
    if console.is_terminal:
        console.print(Panel(Text(text), title="ML Studio is running", expand=False, padding=(1, 2)))
    else:
        console.print(f"\nML Studio is running\n\n{text}\n", markup=False)
