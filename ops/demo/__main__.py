"""`python -m ops.demo`: exit code 0 when the demo is there, 1 with one line when it cannot be."""

import os
import sys
import warnings
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from configuration.settings import SettingsError
from ops.demo.cast import PEOPLE, PROJECTS
from ops.demo.client import Client, DemoError
from ops.demo.people import Clients, ensure_people, ensure_projects, load_passwords
from ops.demo.target import find, sign_in
from ops.run.settings import data_folder, read_environment


def main() -> int:
    """Fill the Studio that runs here, or at STUDIO_API_URL; what is there stays as it is."""
    console = Console(highlight=False)
    _quiet_mlflow()
    try:
        environment = read_environment()
        folder = data_folder(environment)
        target = find(environment)
        console.print(f"Filling the ML Studio at {target.address}.")
        _trust(target.ca_file)
        administrator = Client(target.address)
        sign_in(administrator, target, environment)
        passwords = load_passwords(folder / "demo-people")
        _fill(console, administrator, target.address, passwords)
    except (DemoError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. `make demo` goes on from here.\n")
        return 130
    _show_people(console, passwords, folder / "demo-people")
    return 0


def _quiet_mlflow() -> None:
    # Settings of the shell's own mlflow client would reach into the demo.
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        del os.environ[name]
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "3"
    os.environ["MLFLOW_LOGGING_LEVEL"] = "ERROR"
    warnings.filterwarnings("ignore")


def _trust(ca_file: str | None) -> None:
    # The variable that mlflow's client obeys, and our own Client too.
    if ca_file is not None:
        os.environ["REQUESTS_CA_BUNDLE"] = ca_file


def _fill(console: Console, administrator: Client, address: str, passwords: dict[str, str]) -> None:
    clients = Clients(address)
    try:
        new_people = ensure_people(clients, administrator, passwords)
        new_projects = ensure_projects(clients, administrator)
        console.print(
            f"People: {new_people} new of {len(PEOPLE)}. "
            f"Projects: {new_projects} new of {len(PROJECTS)}."
        )
        clients.create_tokens()
        _train(console, address, clients)
    finally:
        clients.close()
        administrator.close()


def _train(console: Console, address: str, clients: Clients) -> None:
    # mlflow and scikit-learn take seconds to import: not before everything else is known to work.
    from mlflow.exceptions import MlflowException

    from ops.demo import demand, fraud, prompts, registry, traces
    from ops.demo.tracking import Studio

    studio = Studio(address, clients.tokens)
    steps = [*fraud.steps(), *demand.steps()]
    done = versions = texts = 0
    columns = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(
            "", total=len(steps) + len(registry.MODELS) + len(prompts.PROMPTS) + 1
        )
        try:
            for step in steps:
                progress.update(task, description=f"{step.author}: {step.run_name}")
                done += studio.perform(step)
                progress.advance(task)
            for model in registry.MODELS:
                progress.update(task, description=f"registering {model.name}")
                versions += registry.register(studio, model)
                progress.advance(task)
            for prompt in prompts.PROMPTS:
                progress.update(task, description=f"registering {prompt.name}")
                texts += prompts.register(studio, prompt)
                progress.advance(task)
            progress.update(task, description="traces")
            left = traces.leave_traces(studio)
            progress.update(task, advance=1, description="done")
        except MlflowException as error:
            raise DemoError(f"The demo stopped: {str(error).splitlines()[0]}") from error
    console.print(
        f"Runs and searches: {done} new of {len(steps)}. Model versions: {versions} new. "
        f"Versions of prompts: {texts} new. Traces: {left} new."
    )


def _show_people(console: Console, passwords: dict[str, str], file: Path) -> None:
    roles: dict[str, list[str]] = {person.username: [] for person in PEOPLE}
    for project in PROJECTS:
        for username, role in ((project.owner, "owner"), *project.members):
            roles[username].append(f"{role} of {project.slug}")
    table = Table("username", "password", "roles", title="People of the demo")
    for person in PEOPLE:
        table.add_row(
            person.username, passwords[person.username], ", ".join(roles[person.username])
        )
    console.print(table)
    console.print(f"The passwords are kept in {file}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
