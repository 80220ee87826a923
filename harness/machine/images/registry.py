"""Pulling official images, with bounds; a registry that does not answer is asked once and not again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import docker.errors
import requests.exceptions

from harness.machine.engine import session

ANSWER_WITHIN_S = 5
"""A registry on the other side of the world answers in under 2 s."""
PULL_WITHIN_S = 600.0
SILENT_FOR_S = 60
"""Longest silence in the middle of a pull."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an image cannot be pulled.

    Args:
        why: the reason in a few words.
        everything: no image can be pulled, as the registry itself cannot be used.
    """

    why: str
    everything: bool = False


class Registry:
    """The registry as the engine sees it. Safe to use from several threads."""

    def __init__(self, host: str, *, answer_within_s: int = ANSWER_WITHIN_S) -> None:
        """Args:
        host: address of the engine, which does the asking and pulling.
        answer_within_s: how long it may take to answer a question about an image, s.
        """
        self._host = host
        self._answer_within_s = answer_within_s
        self._lock = threading.Lock()
        self._unusable: Refusal | None = None

    def refusal(self, reference: str) -> Refusal | None:
        """Why the image cannot be pulled, None where it can.

        Args:
            reference: the official image with its tag.
        """
        with self._lock:
            if self._unusable is None:
                answer = self._ask(reference)
                if answer is None or not answer.everything:
                    return answer
                self._unusable = answer
            return self._unusable

    def pull(self, reference: str) -> Refusal | None:
        """Pull the image; why that did not work, None when it is there now."""
        if refused := self.refusal(reference):
            return refused
        name, _, tag = reference.rpartition(":")
        deadline_s = time.monotonic() + PULL_WITHIN_S
        try:
            with session(self._host, silent_for_s=SILENT_FOR_S) as engine:
                return _read_pull(engine.api.pull(name, tag=tag, stream=True, decode=True), deadline_s)
        except docker.errors.APIError as error:
            return Refusal(why=reason(error))

    def _ask(self, reference: str) -> Refusal | None:
        with session(self._host, silent_for_s=self._answer_within_s) as engine:
            try:
                engine.images.get_registry_data(reference)
            except docker.errors.APIError as error:
                of_this_image = error.status_code in {401, 403, 404}
                return Refusal(why=reason(error), everything=not of_this_image)
            except requests.exceptions.Timeout:
                return Refusal(why=f"no answer within {self._answer_within_s} s", everything=True)
        return None


def reason(error: Exception) -> str:
    """An engine's refusal in a few words, without the addresses in it."""
    text = str(getattr(error, "explanation", None) or error)
    return " ".join(text.rstrip(". ").rpartition(": ")[2].split())[:120] or type(error).__name__


def _read_pull(lines: Iterable[dict[str, Any]], deadline_s: float) -> Refusal | None:
    for line in lines:
        if "error" in line:
            return Refusal(why=str(line["error"])[:120])
        if time.monotonic() > deadline_s:
            return Refusal(why=f"the pull did not end within {PULL_WITHIN_S:g} s")
    return None
