"""What `make run` says when everything is healthy: the addresses, and how to sign in."""

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from ops.run.settings import Settings
from ops.run.terminal import Form, Terminal

TITLE = "ML Studio is running"
# So many of the lines of the welcome are addresses.
ADDRESSES = 3


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


def show_welcome(settings: Settings, created_password: str | None, terminal: Terminal) -> None:
    """A panel for a person; for a program a line whose fields are the addresses and the rest."""
    words = welcome_lines(settings, created_password)
    if terminal.form is Form.JSON:
        terminal.say(
            "run",
            TITLE,
            studio=settings.environment["STUDIO_PUBLIC_URL"],
            api=settings.environment["STUDIO_API_URL"],
            mlflow=f"http://127.0.0.1:{settings.ports['MLFLOW_PORT']}",
            sign_in=" ".join(word for word in words[ADDRESSES:] if word),
        )
        return
    console = Console(highlight=False, soft_wrap=True)
    text = "\n".join(words)
    if console.is_terminal:
        console.print(Panel(Text(text), title=TITLE, expand=False, padding=(1, 2)))
    else:
        console.print(f"\n{TITLE}\n\n{text}\n", markup=False)
