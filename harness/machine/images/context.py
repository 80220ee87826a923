"""The build context of an image: which files belong to it, their digest, and the archive for the engine."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from docker.utils.build import exclude_paths

from harness.errors import UsageError
from harness.machine.images.spec import ImageSpec, Root

NEVER = ("**/__pycache__", "**/*.pyc", "**/.*_cache", "**/.hypothesis", "**/*.egg-info")
"""Left behind by tools: an image must not be built anew because its tests were run."""

CERTIFICATES = "ca-bundle.crt"
MACHINE_CERTIFICATES = (
    Path("/etc/ssl/certs/ca-certificates.crt"),
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/ssl/cert.pem"),
)


def files(context: Path) -> tuple[Path, ...]:
    """The files of a build context, sorted, as paths inside it.

    Raises:
        UsageError: the folder has no Dockerfile.
    """
    if not (context / "Dockerfile").is_file():
        raise UsageError(f"{context} has no Dockerfile: an image cannot be built from it")
    ignored = context / ".dockerignore"
    lines = ignored.read_text(encoding="utf-8").splitlines() if ignored.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    kept = exclude_paths(str(context), [*patterns, *NEVER])
    found = (Path(path) for path in kept if (context / path).is_file())
    return tuple(sorted(path for path in found if path.name != ".dockerignore"))


def digest(spec: ImageSpec | Root) -> str:
    """Hexadecimal digest of everything an image is made from, down to its root.

    The certificates of the machine are not in it: they are needed while building, and an image stays good
    when they are renewed.
    """
    if isinstance(spec, Root):
        return hashlib.sha256(f"{spec.official}|{spec.suite}".encode()).hexdigest()
    whole = hashlib.sha256(digest(spec.base).encode())
    for path in files(spec.context):
        content = (spec.context / path).read_bytes()
        mode = "x" if _executable(spec.context / path) else "-"
        whole.update(f"\n{path.as_posix()}|{mode}|{len(content)}|".encode() + content)
    return whole.hexdigest()


def local_tag(spec: ImageSpec) -> str:
    """Name and tag of the image when it is built here.

    A base that carries the machine's certificates is named after those too: with new certificates the next
    build starts from a new base.
    """
    own = digest(spec)
    if spec.takes_certificates:
        own = hashlib.sha256(own.encode() + certificates()).hexdigest()
    return f"chaos-harness/{spec.service}:{own[:12]}"


def certificates() -> bytes:
    """The certificates that this machine trusts, PEM; empty where it has no bundle."""
    return next((bundle.read_bytes() for bundle in MACHINE_CERTIFICATES if bundle.is_file()), b"")


def archive(spec: ImageSpec) -> io.BytesIO:
    """The build context as a tar archive, the same bytes for the same files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in files(spec.context):
            _add(tar, path.as_posix(), (spec.context / path).read_bytes(), _executable(spec.context / path))
        if spec.takes_certificates:
            _add(tar, CERTIFICATES, certificates(), executable=False)
    packed.seek(0)
    return packed


def _add(tar: tarfile.TarFile, name: str, content: bytes, executable: bool) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o755 if executable else 0o644
    tar.addfile(entry, io.BytesIO(content))


def _executable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)
