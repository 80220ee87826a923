"""A trading signal as a client sends it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

# Printable and without spaces: ids end up in logs, URLs and SQL consoles, and PostgreSQL cannot store a NUL.
Name = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Signal(BaseModel):
    """One signal. `timestamp` is the event's time: seconds since 1970 or ISO 8601 with a zone."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    signal_id: Name
    asset: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,32}$")]
    side: Literal["BUY", "SELL"]
    price: float = Field(gt=0, le=1e12)
    quantity: float = Field(gt=0, le=1e12)
    confidence: float = Field(ge=0, le=1)
    strategy_id: Name
    timestamp: datetime
    model_version: Name | None = None
    is_warmup: bool = False
    market_data_snapshot: dict[str, Any] | None = None

    @field_validator("timestamp", mode="before")
    @classmethod
    def _from_seconds(cls, value: object) -> object:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                return datetime.fromtimestamp(value, UTC)
            except (OverflowError, OSError, ValueError):
                raise ValueError("seconds since 1970 are out of range") from None
        return value

    @field_validator("timestamp")
    @classmethod
    def _with_a_zone(cls, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("a time zone is needed")
        if not EARLIEST <= value <= LATEST:
            raise ValueError("the year is not between 2000 and 2100")
        return value.astimezone(UTC)

    @field_validator("market_data_snapshot")
    @classmethod
    def _storable(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and not _is_storable(value):
            raise ValueError("the snapshot holds a NUL character, a lone surrogate, or a number that is not finite")
        return value


def _is_storable(value: object) -> bool:
    """True if PostgreSQL can keep it as jsonb."""
    match value:
        case str():
            return "\0" not in value and _is_unicode(value)
        case dict():
            return all(_is_storable(k) and _is_storable(v) for k, v in value.items())
        case list():
            return all(map(_is_storable, value))
        case float():
            return value - value == 0
        case _:
            return True


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
