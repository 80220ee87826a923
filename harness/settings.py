"""Settings of the harness itself: from the environment (prefix CHAOS_) or a `.env` file, checked once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from harness.errors import UsageError

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Defaults that a run uses where the command line is silent. Every variable is documented in env.example."""

    model_config = SettingsConfigDict(env_prefix="CHAOS_", env_file=".env", extra="ignore", frozen=True)

    reports: Path = Path("reports")
    scenarios: Path = REPOSITORY / "scenarios"
    stack: str = "stack.topology"
    time_scale: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] = 15.0
    seed: Annotated[int, Field(ge=0)] = 1
    grafana_port: Annotated[int, Field(ge=0, le=65535)] = 4700


def load() -> Settings:
    """The settings in force.

    Raises:
        UsageError: a variable has a value that cannot be used; names variable and value.
    """
    try:
        return Settings()
    except ValidationError as wrong:
        told = "; ".join(
            f"CHAOS_{'_'.join(map(str, error['loc'])).upper()}={error['input']!r}: {error['msg'].lower()}"
            for error in wrong.errors()
        )
        raise UsageError(f"settings cannot be used: {told}") from None
