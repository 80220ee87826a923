"""Pages that need nothing else: one style, one script, and a policy that forbids everything beside them."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.model import Finding
from harness.report import story
from harness.report.text import clock, counted, cut, length, number, printable
from harness.report.timeline.axis import since

_TEMPLATES = Path(__file__).parent / "templates"


def page(template: str, *, styles: tuple[str, ...] = ("report.css",), **values: Any) -> str:
    """A page from one of the templates beside this module, with the script that all of them share.

    Args:
        template: its file.
        styles: files of its style, in order.
        values: what the template speaks of.
    """
    style, script = "".join(map(_asset, styles)), _asset("report.js")
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}",
            **values,
        )
    )


def _bounds(finding: Finding) -> str:
    lower, upper = number(finding.lower), number(finding.upper)
    if lower and upper:
        return lower if lower == upper else f"{lower} to {upper}"
    return f"at least {lower}" if lower else f"at most {upper}" if upper else ""


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters.update(
        clock=clock, counted=counted, cut=cut, length_s=length, number=number, bounds=_bounds, since=since
    )
    environment.filters["mark"] = story.MARKS.__getitem__
    environment.filters["short"] = partial(cut, longest=24)
    environment.filters["wall_time"] = story.wall_time_s
    return environment


def _finalized(value: Any) -> Any:
    """Every text on the page is freed of what UTF-8 or HTML cannot carry; markup was already."""
    return printable(value) if type(value) is str else value


def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(inline: str) -> str:
    """The source expression that lets this very text run, and nothing else on the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"
