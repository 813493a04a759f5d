"""The settings of the process `jobs`: frozen, from the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from configuration.settings import EnvironmentSettings


class Settings(EnvironmentSettings):
    """What an operator may set; `.env.example` explains each."""

    # As in the UAC API, whose settings these processes load too.
    model_config = SettingsConfigDict(env_ignore_empty=False)

    backup_to: str = ""
    backup_keep: Annotated[int, Field(ge=1)] = 14
    backup_every_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 24
    drill_every_days: Annotated[int, Field(ge=0, le=366)] = 0
    usage_every_hours: Annotated[int, Field(ge=0, le=24 * 31)] = 1
    job_longest_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 24

    @property
    def backup_every(self) -> timedelta | None:
        """How often a backup is taken; None if nobody said where to."""
        return timedelta(hours=self.backup_every_hours) if self.backup_to else None

    @property
    def drill_every(self) -> timedelta | None:
        """How often a backup is restored in a drill; None for 0 days, or if there are none."""
        wanted = self.drill_every_days and self.backup_to
        return timedelta(days=self.drill_every_days) if wanted else None

    @property
    def job_longest(self) -> timedelta:
        """How long a job may take: after that it is stopped, and its process is not healthy."""
        return timedelta(hours=self.job_longest_hours)

    @property
    def usage_every(self) -> timedelta | None:
        """How often the files of projects are measured; None for 0 hours."""
        return timedelta(hours=self.usage_every_hours) if self.usage_every_hours else None


def load() -> Settings:
    """The settings of this process's environment; raises SettingsError with every mistake."""
    return Settings.load()
