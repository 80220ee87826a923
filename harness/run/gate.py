"""A gate beside its scenarios: objectives and baseline into the folder of the run, its outcome into the history."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from typing import Any

import docker
import msgspec

from harness.alerts.tools import Toolbox
from harness.compare import Past, append, baseline_of, measured
from harness.compare.history import HISTORY_FILE
from harness.errors import UsageError
from harness.evidence import BASELINE_FILE, OBJECTIVES_FILE, OFFLINE_FILE, write_json
from harness.machine.images import Image
from harness.objectives import Objectives, read_objectives
from harness.progress import Progress
from harness.results import GateReport, StackEntry
from harness.run.catalogue import known_scenarios
from harness.run.offline import Looked, is_sound, look


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What is to be kept.

    Args:
        objectives: as they were read.
        text: of their file.
        scenarios: the folder with all scenarios, of which the profile may run some; None for the settings' one.
    """

    objectives: Objectives
    text: str
    scenarios: Path | None = None

    @classmethod
    def of(cls, path: Path, scenarios: Path | None = None) -> Gate:
        """The gate that a file of objectives asks for.

        Raises:
            UsageError: it cannot be used, or names a scenario that is not there; names the file and what is wrong.
        """
        objectives, text = read_objectives(path)
        known = known_scenarios(scenarios)
        for limit in objectives.limits:
            if unknown := [name for name in limit.scenarios if name not in known]:
                raise UsageError(
                    f"{path} cannot be used: a limit of {limit.measure} names the scenario {', '.join(unknown)}, which "
                    f"is not there; there are {', '.join(known)}"
                )
        return cls(objectives=objectives, text=text, scenarios=scenarios)

    def begin(self, folder: Path, profile: str, machine: Mapping[str, str]) -> None:
        """Put the objectives, and the earlier runs to compare with, into the run's folder.

        Raises:
            OSError: it cannot be written.
        """
        (folder / OBJECTIVES_FILE).write_text(self.text, encoding="utf-8")
        most = self.objectives.comparison.most_runs
        baseline = baseline_of(folder.parent / HISTORY_FILE, profile, machine, most)
        write_json(folder / BASELINE_FILE, msgspec.to_builtins(baseline))

    def look(self, folder: Path, profile: str, of: Looked, toolbox: Toolbox, progress: Progress) -> bool:
        """Do the offline checks of a profile and keep what they found; whether scenarios may be started.

        Raises:
            HarnessError: as `look` of the offline checks.
        """
        found = look(self.objectives.profiles[profile].offline, of, toolbox, progress)
        write_json(folder / OFFLINE_FILE, found)
        return is_sound(found)

    @staticmethod
    def end(folder: Path, judged: GateReport, machine: Mapping[str, str]) -> None:
        """Add a line to the history.

        Raises:
            OSError: it cannot be written.
        """
        subject = judged.subject
        past = Past(
            run_id=judged.run_id,
            ended_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            profile=judged.profile,
            machine=machine,
            verdict=judged.verdict.word,
            usual=not (subject.get("known_bad") or subject.get("rules") or subject.get("boards")),
            git_sha=str(subject.get("git_sha") or ""),
            image=str(subject.get("image") or ""),
            digest=str(subject.get("digest") or ""),
            scenarios={scenario.name: scenario.verdict.word for scenario in judged.scenarios},
            measures=measured(judged.scenarios),
        )
        append(folder.parent / HISTORY_FILE, past)


def machine_class(
    client: docker.DockerClient, entries: Iterable[StackEntry], time_scale: float, lanes: int, shard: str = ""
) -> Mapping[str, str]:
    """What figures depend on beside the subject, in words; runs on other classes are not compared.

    Args:
        client: of the engine that runs the stack.
        entries: where each service's image came from.
        time_scale: k.
        lanes: how many scenarios run at a time.
        shard: which part of a gate this is; only the same parts are compared.
    """
    about: Mapping[str, Any] = client.info()
    memory_bytes = int(about.get("MemTotal") or 0)
    stand_ins = sorted(entry.service for entry in entries if entry.source == "stand-in")
    return {
        "cpus": str(about.get("NCPU") or os.cpu_count() or 1),
        "memory": f"about {2 ** round(log2(memory_bytes / 2**30))} GiB" if memory_bytes else "unknown",
        "engine": f"{about.get('OSType', '?')} {str(about.get('ServerVersion') or '?').partition('.')[0]}",
        "stand-ins": ", ".join(stand_ins) or "none",
        "time scale": f"{time_scale:g}",
        "lanes": str(lanes),
        "part": shard or "whole",
    }


def toolbox(client: docker.DockerClient, images: Mapping[str, Image]) -> Toolbox:
    """Promtool and amtool from the images of the run itself."""
    return Toolbox(client=client, images={key: image.reference for key, image in images.items()})
