"""The curve of a search for the knee as a page: latency over rate, one self-contained file."""

from __future__ import annotations

from html import escape

from harness.load.capacity import Capacity, Held, Objective

_WIDTH, _HEIGHT, _EDGE = 900, 420, 60
_COLOURS = {Held.YES: "#2e7d32", Held.NO: "#c62828", Held.OWN: "#f9a825"}


def page(found: Capacity, objective: Objective) -> str:
    """HTML with a drawing and the table.

    Args:
        found: the search.
        objective: drawn as a line.
    """
    steps = [step for step in sorted(found.steps, key=lambda one: one.rate_per_s) if step.p99_ms is not None]
    most_rate = max((step.rate_per_s for step in steps), default=1.0)
    most_ms = max([2 * objective.p99_ms, *(min(step.p99_ms or 0.0, 4 * objective.p99_ms) for step in steps)])

    def place(rate_per_s: float, p99_ms: float) -> tuple[float, float]:
        x = _EDGE + (_WIDTH - 2 * _EDGE) * rate_per_s / most_rate
        y = _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * min(p99_ms, most_ms) / most_ms
        return round(x, 1), round(y, 1)

    points = [(step, place(step.rate_per_s, step.p99_ms or 0.0)) for step in steps]
    line = " ".join(f"{x},{y}" for _step, (x, y) in points)
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="5" fill="{_COLOURS[step.held]}">'
        f"<title>{step.rate_per_s:g}/s: {escape(step.why)}</title></circle>"
        for step, (x, y) in points
    )
    _x, bound = place(0.0, objective.p99_ms)
    bottom, right = _HEIGHT - _EDGE, _WIDTH - _EDGE
    drawing = (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="p99 over rate" font-size="13">'
        f'<path d="M{_EDGE} {_EDGE}V{bottom}H{right}" fill="none" stroke="#555"/>'
        f'<path d="M{_EDGE} {bound}H{right}" stroke="#c62828" stroke-dasharray="6 4"/>'
        f'<text x="{_EDGE + 6}" y="{bound - 6}">objective: p99 {objective.p99_ms:g} ms</text>'
        f'<text x="{_EDGE}" y="{_EDGE - 12}">p99, ms (drawn up to {most_ms:g})</text>'
        f'<text x="{right - 90}" y="{bottom + 24}">{most_rate:g} a second</text>'
        f'<polyline points="{line}" fill="none" stroke="#777"/>{dots}</svg>'
    )
    table = escape("\n".join(found.lines()))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Capacity</title>'
        f'<body style="font-family:sans-serif;max-width:{_WIDTH}px;margin:2em auto"><h1>Capacity</h1>{drawing}'
        f"<p>Green held, red was broken by the target, yellow by the generator.</p><pre>{table}</pre></body></html>\n"
    )
