"""Where what was judged came from: images, rule file, commit."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.containers.plan import StackPlan
from harness.machine.images import Image
from harness.results import StackEntry


def stack_entries(plan: StackPlan, images: Mapping[str, Image]) -> tuple[StackEntry, ...]:
    """Where each service's image came from."""
    return tuple(
        StackEntry(
            service=service.name,
            image=images[service.image].reference,
            digest=images[service.image].digest,
            version=images[service.image].version,
            source=images[service.image].source.value,
        )
        for service in plan.services
    )


def provenance_notes(
    rules: Path | None,
    boards: Path | None,
    lean: bool,
    expected: Mapping[str, str],
    entries: tuple[StackEntry, ...],
) -> Iterator[str]:
    """What a reader has to know before the verdict means anything."""
    if rules:
        yield f"judged with another rule file: {rules}"
    if boards:
        yield f"judged with the dashboards of another folder: {boards}"
    if lean:
        yield "on stacks without what only watches: alerts and boards were not looked at"
    for entry in entries:
        if (then := expected.get(entry.service, entry.digest)) != entry.digest:
            yield f"{entry.service} runs from another image than expected: {entry.digest}, not {then}"


def described_rules(rules: Path | None) -> str:
    """A rule file that took the place of the stack's own, with its hash; empty when none did."""
    if rules is None:
        return ""
    return f"{rules} sha256:{hashlib.sha256(rules.read_bytes()).hexdigest()[:16]}"


def described_boards(boards: Path | None) -> str:
    """A folder of boards that took the place of the stack's own, with the hash of its files; empty when none did."""
    if boards is None:
        return ""
    digest = hashlib.sha256()
    for path in sorted(boards.glob("*.json")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return f"{boards} sha256:{digest.hexdigest()[:16]}"


def git_sha(folder: Path) -> str:
    """The commit of the repository that the stack's module lies in; with "+" where files differ from it."""
    try:
        sha = _git(folder, "rev-parse", "HEAD")
        return f"{sha}+" if _git(folder, "status", "--porcelain") else sha
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()
