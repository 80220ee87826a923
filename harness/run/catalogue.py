"""Finds scenarios: every module of a folder that has a SCENARIO value; and the requirement rows beside them."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from harness import settings as harness_settings
from harness.errors import UsageError
from harness.model import PROFILES, Scenario
from harness.shapes import shape

ROWS_FILE = "requirements.toml"


def known_scenarios(folder: Path | None = None) -> Mapping[str, Scenario]:
    """The scenarios of the folder, or of the settings' folder, by name."""
    return scenarios_in(folder or harness_settings.load().scenarios)


def scenarios_in(folder: Path) -> Mapping[str, Scenario]:
    """The scenarios of a folder by name, in the order of their files.

    Raises:
        UsageError: the folder is missing, a module does not load, two scenarios share a name, or one is in a profile
            that there is not, or asks for arrivals that there are not.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder with scenarios")
    found: dict[str, Scenario] = {}
    modules = (path for path in sorted(folder.glob("[!_]*.py")) if not path.name.startswith("test_"))
    for path in modules:
        scenario = getattr(_load(path), "SCENARIO", None)
        if not isinstance(scenario, Scenario):
            raise UsageError(f"{path} has no SCENARIO; a module that is no scenario begins with an underscore")
        if scenario.name in found:
            raise UsageError(f"{path}: there is already a scenario called '{scenario.name}'")
        try:
            shape(scenario.load.arrivals)
        except UsageError as wrong:
            raise UsageError(f"{path}: {wrong}") from wrong
        for profile in scenario.profiles:
            if profile not in PROFILES:
                raise UsageError(f"{path}: there is no profile '{profile}'; there are {', '.join(PROFILES)}")
        found[scenario.name] = scenario
    return found


def choose(known: Mapping[str, Scenario], names: tuple[str, ...]) -> tuple[Scenario, ...]:
    """The scenarios of these names, all of them for no name.

    Raises:
        UsageError: there is none of that name; says which there are, and the nearest.
    """
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"there is no scenario '{name}'; there are {', '.join(known) or 'none'}{hint}")
    return tuple(known[name] for name in names) or tuple(known.values())


def of_profile(
    scenarios: tuple[Scenario, ...], profile: str
) -> tuple[tuple[Scenario, ...], Mapping[str, tuple[str, ...]]]:
    """The scenarios that a profile of the gate runs, and those that it leaves out with the profiles that run them.

    Raises:
        UsageError: it leaves out all of them.
    """
    chosen = tuple(one for one in scenarios if profile in one.profiles)
    if scenarios and not chosen:
        raise UsageError(f"no scenario is in the profile '{profile}'")
    return chosen, {one.name: one.profiles for one in scenarios if profile not in one.profiles}


def requirement_rows(folder: Path) -> tuple[Mapping[str, str], ...]:
    """The rows of `requirements.toml` beside the scenarios: id and row. None without such a file.

    Raises:
        UsageError: the file cannot be read.
    """
    path = folder / ROWS_FILE
    if not path.is_file():
        return ()
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["rows"]
        return tuple({"id": key, "row": str(text)} for key, text in rows.items())
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, OSError) as damage:
        raise UsageError(f"{path} cannot be read: {damage!r}") from damage


def _load(path: Path) -> ModuleType:
    name = f"{path.parent.name}.{path.stem}"
    try:
        if path.parent.joinpath("__init__.py").is_file() and _leads_to(name, path):
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError("no loader")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    except Exception as broken:
        raise UsageError(f"{path} does not load: {type(broken).__name__}: {broken}") from broken
    return module


def _leads_to(name: str, path: Path) -> bool:
    """Whether a module of this name is this file, and not one of another project whose folder has the same name."""
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == path.resolve()
