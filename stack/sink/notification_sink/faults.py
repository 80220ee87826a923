"""Faults of the sink itself: a channel that answers late, or not as it should."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .channels import CHANNELS

LONGEST_DELAY_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFault:
    """How a channel misbehaves.

    Args:
        status: the error it answers with (HTTP 400..599, for e-mail an SMTP code of that range); 0 for none.
        delay_s: how long it waits before it answers.
    """

    status: int = 0
    delay_s: float = 0.0


class Faults:
    """The fault of each channel; none at the start."""

    def __init__(self) -> None:
        self._by_channel = dict.fromkeys(CHANNELS, ChannelFault())

    def of(self, channel: str) -> ChannelFault:
        """The channel's present fault."""
        return self._by_channel[channel]

    def set(self, wish: Any) -> None:
        """Set one channel's fault from `{"channel", "status", "delay_s"}`.

        Raises:
            ValueError: with a sentence on what is wrong; nothing is changed.
        """
        if not isinstance(wish, dict) or not set(wish) <= {"channel", "status", "delay_s"}:
            raise ValueError("expected an object with channel, status and delay_s")
        channel, status, delay_s = wish.get("channel"), wish.get("status") or 0, wish.get("delay_s") or 0.0
        if channel not in self._by_channel:
            raise ValueError(f"channel is {channel!r}; there are {', '.join(CHANNELS)}")
        if type(status) is not int or (status and not 400 <= status <= 599):
            raise ValueError(f"status is {status!r}; expected 0 or 400..599")
        if type(delay_s) not in {int, float} or not 0 <= delay_s <= LONGEST_DELAY_S:
            raise ValueError(f"delay_s is {delay_s!r}; expected 0..{LONGEST_DELAY_S:g}")
        self._by_channel[channel] = ChannelFault(status=status, delay_s=float(delay_s))

    def shown(self) -> dict[str, Any]:
        """All channels with their faults, for an answer."""
        return {channel: asdict(fault) for channel, fault in self._by_channel.items()}
