"""SVG elements as escaped markup, and the few shapes that the lanes are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from harness.report.text import cut, printable


def element(name: str, content: str = "", /, **attributes: object) -> Markup:
    """One element; attribute names use `_` for `-`, and `cls` for `class`. Everything is escaped.

    Args:
        name: the element's name.
        content: text, which is escaped, or markup, which is not.
        attributes: values; numbers are rounded to a tenth, None leaves the attribute out.
    """
    given = "".join(
        f' {"class" if key == "cls" else key.replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = content if isinstance(content, Markup) else escape(printable(content))
    return Markup(f"<{name}{given}>{inside}</{name}>" if content else f"<{name}{given}/>")  # noqa: S704 - escaped above


def joined(parts: Iterable[Markup]) -> Markup:
    """Several pieces of markup in a row."""
    return Markup("").join(parts)


def text(x: float, y: float, words: str, cls: str, *, anchor: str | None = None) -> Markup:
    """A line of text; `anchor` is start, middle or end."""
    return element("text", words, x=x, y=y, cls=cls, text_anchor=anchor)


def row_label(x: float, y: float, words: str, longest: int = 25) -> Markup:
    """The label of a row, right-aligned at `x`; what is cut off shows when pointed at."""
    if len(words) <= longest:
        return text(x, y, words, "row", anchor="end")
    whole = element("title", words)
    return element("text", whole + escape(printable(cut(words, longest))), x=x, y=y, cls="row", text_anchor="end")


def bar(x: float, x_end: float, y: float, height: float, *, cls: str, title: str) -> Markup:
    """A horizontal bar, never thinner than can be seen; `title` shows when pointed at."""
    return element("rect", element("title", title), x=x, y=y, width=max(x_end - x, 2.0), height=height, rx=2, cls=cls)


def steps(xs: Sequence[float], heights: Sequence[float], base: float) -> str:
    """Path of the area under a staircase: `xs` has one more value than `heights`, all in pixels."""
    path = [f"M{xs[0]:.1f} {base:.1f}"]
    last = 0.0
    for x, height in zip(xs, heights, strict=False):
        if height != last:
            path.append(f"H{x:.1f}V{base - height:.1f}")
            last = height
    return "".join([*path, f"H{xs[-1]:.1f}V{base:.1f}Z"])


def line(points: Iterable[tuple[float, float | None]]) -> str:
    """Path through the points, broken where the height is None; a lone point becomes a dot."""
    path: list[str] = []
    drawing = False
    for x, y in points:
        if y is not None:
            path.append(f"L{x:.1f} {y:.1f}" if drawing else f"M{x:.1f} {y:.1f}h0")
        drawing = y is not None
    return "".join(path)


def _value(value: object) -> Markup:
    if isinstance(value, float):
        return escape(f"{value:.1f}".removesuffix(".0"))
    return escape(printable(str(value)))
