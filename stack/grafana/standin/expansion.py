"""Variables in provisioning values: $VAR, ${VAR}, $__env{VAR}, $__file{path}, and $$ for a dollar sign."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import StartError

_PLACE = re.compile(r"\$\$|\$__env\{([^}]*)\}|\$__file\{([^}]*)\}|\$\{(\w+)\}|\$(\w+)")


def expand(value: Any, env: Mapping[str, str]) -> Any:
    """A value of a provisioning file with its variables filled in; keys are left alone, unset is empty.

    Raises:
        StartError: a file named by $__file cannot be read.
    """
    if isinstance(value, str):
        return _PLACE.sub(lambda hit: _filled(hit, env), value)
    if isinstance(value, list):
        return [expand(item, env) for item in value]
    if isinstance(value, dict):
        return {key: expand(item, env) for key, item in value.items()}
    return value


def _filled(hit: re.Match[str], env: Mapping[str, str]) -> str:
    if hit[0] == "$$":
        return "$"
    if hit[2] is not None:
        try:
            return Path(hit[2]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise StartError(f"$__file{{{hit[2]}}} cannot be read: {error.strerror}.") from error
    return env.get(hit[1] or hit[3] or hit[4] or "", "")
