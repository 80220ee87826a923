"""Small pages for people: a list of boards, and a board's panels drawn with their current data."""

import html
import json
from collections.abc import Sequence
from pathlib import Path

from starlette.responses import HTMLResponse, Response

from .dashboards import Board
from .sources import DataSource

_HERE = Path(__file__).parent
_NOTE = "This is a stand-in, not Grafana: same boards, same data, plain drawing."


def login_form() -> Response:
    """Where a person at a browser logs in."""
    script = (_HERE / "login.js").read_text(encoding="utf-8")
    form = (
        '<h1>Log in</h1><form id="login"><label>Name <input name="user" autocomplete="username"></label> '
        '<label>Password <input name="password" type="password" autocomplete="current-password"></label> '
        "<button>Log in</button> <output></output></form>"
    )
    return HTMLResponse(_page("Login", f"{form}<script>{script}</script>"))


def index(boards: Sequence[Board]) -> Response:
    """Every board that loaded."""
    items = "".join(f'<li><a href="{html.escape(board.url)}">{html.escape(board.title)}</a></li>' for board in boards)
    return HTMLResponse(_page("Boards", f"<h1>Boards</h1><ul>{items or '<li>none loaded yet</li>'}</ul>"))


def board(shown: Board, sources: Sequence[DataSource]) -> Response:
    """One board; its script asks the API as Grafana's browser side would."""
    default = next((source.uid for source in sources if source.is_default), "")
    data = json.dumps({"board": shown.body, "defaultUid": default}).replace("<", "\\u003c")
    script = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("board.js", "facts.js"))
    body = f'<h1>{html.escape(shown.title)}</h1><form id="variables"></form><div id="grid"></div>'
    body += f"<script>const page = {data};\n{script}</script>"
    return HTMLResponse(_page(shown.title, body))


def no_board() -> Response:
    """The board is unknown."""
    return HTMLResponse(_page("Not found", "<p>No such board.</p>"), status_code=404)


def _page(title: str, body: str) -> str:
    style = (_HERE / "board.css").read_text(encoding="utf-8")
    head = f'<meta charset="utf-8"><title>{html.escape(title)} (stand-in)</title>'
    head += f'<link rel="icon" href="data:,"><style>{style}</style>'
    note = f'<p class="note">{_NOTE} <a href="/">Boards</a></p>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{note}{body}</body></html>'
