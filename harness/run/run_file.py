"""What a campaign writes down of itself: `run.json`, before it begins and as it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.evidence import write_json
from harness.judge import RUN_FILE, SCHEMA_VERSION
from harness.machine.images import Image
from harness.results import StackEntry
from harness.run.provenance import described_boards, described_rules, git_sha, provenance_notes
from harness.run.stacks import folder_of, stack_module
from harness.run.wanted import Order, shard_notes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """What is known of a run before anything is started.

    Args:
        run_id: of the run.
        begun_s: when it began, s since the epoch.
        order: what was asked for.
        images: what each key of the stack's images stands for.
        entries: where each service's image came from.
        machine: the class of machine.
        unlooked: sentences about what the stack leaves nobody to look at.
    """

    run_id: str
    begun_s: float
    order: Order
    images: Mapping[str, Image]
    entries: tuple[StackEntry, ...]
    machine: Mapping[str, str]
    unlooked: tuple[str, ...]

    def write(self, folder: Path, started: Sequence[str], *, stopped: bool, **more: Any) -> None:
        """Write the file.

        Args:
            folder: of the run.
            started: names of the scenarios that were started until now.
            stopped: an offline check stood against starting any.
            more: further fields.

        Raises:
            OSError: it cannot be written.
        """
        order = self.order
        names = [one.name for one in order.scenarios]
        write_json(
            folder / RUN_FILE,
            {
                "schema_version": SCHEMA_VERSION,
                "run_id": self.run_id,
                "profile": order.profile,
                "seed": order.seed,
                "time_scale": order.time_scale,
                "started_at": datetime.fromtimestamp(self.begun_s, UTC).isoformat(timespec="milliseconds"),
                "subject": self._subject(),
                "stack": [asdict(entry) for entry in self.entries],
                "scenarios": [] if stopped else list(dict.fromkeys([*names, *started])),
                "not_run": names if stopped else [],
                "mistakes": [] if stopped else [asdict(mistake) for mistake in order.mistakes],
                "machine": self.machine,
                "gate": order.gate is not None,
                "shard": order.shard,
                "whole": list(order.whole),
                "requirements": list(order.rows),
                "notes": [*order.notes, *shard_notes(order), *self.unlooked, *self._provenance()],
                **more,
            },
        )

    def _subject(self) -> dict[str, Any]:
        image = self.images[stack_module(self.order.stack).SUBJECT]
        return {
            "image": image.reference,
            "digest": image.digest,
            "git_sha": git_sha(folder_of(self.order.stack)),
            "known_bad": list(self.order.known_bad),
            "rules": described_rules(self.order.rules),
            "boards": described_boards(self.order.boards),
        }

    def _provenance(self) -> Iterator[str]:
        order = self.order
        return provenance_notes(order.rules, order.boards, order.lean, order.images, self.entries)
