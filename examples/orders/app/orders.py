"""An order book in one file: POST /orders keeps an order once, /health and /metrics tell how it is.

ORDERS_KNOWN_BAD=ack-first answers before the order is on the disk: the mistake that the gate has to see.
"""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BOOK = Path("/data/orders.jsonl")
ACK_FIRST = os.environ.get("ORDERS_KNOWN_BAD") == "ack-first"
LATE_S = 1.0
lock = threading.Lock()
kept = {json.loads(line)["id"] for line in BOOK.read_text().splitlines()} if BOOK.exists() else set()
book = BOOK.open("a", encoding="utf-8")


def keep(order_id: str) -> None:
    """Write an order to the disk, unless it is there."""
    with lock:
        if order_id not in kept:
            row = {"id": order_id, "effect_id": f"order-{order_id}", "at_s": time.time(), "status": "filled"}
            book.write(json.dumps(row) + "\n")
            book.flush()
            os.fsync(book.fileno())
            kept.add(order_id)


class Api(BaseHTTPRequestHandler):
    """The whole contract: orders in, health and metrics out."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take an order; 200 is a promise."""
        order_id = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["id"]
        if ACK_FIRST:
            threading.Timer(LATE_S, keep, [order_id]).start()
        else:
            keep(order_id)
        self.answer("application/json", json.dumps({"id": order_id}))

    def do_GET(self) -> None:
        """Tell how it is."""
        if self.path == "/health":
            self.answer("application/json", json.dumps({"mode": "normal"}))
        else:
            self.answer(
                "text/plain; version=0.0.4", f"# TYPE orders_kept_total counter\norders_kept_total {len(kept)}\n"
            )

    def answer(self, kind: str, text: str) -> None:
        """Send one whole answer, in one piece."""
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Api).serve_forever()
