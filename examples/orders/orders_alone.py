"""The order book and nothing else: what it keeps is judged, and who watches it is not."""

from orders_images import ORDERS

from harness.containers.plan import (
    CommandRead,
    HealthTarget,
    HttpReady,
    PlanRequest,
    Service,
    StackPlan,
    Traffic,
)
from harness.errors import UsageError
from harness.machine.images import ImageSpec

IMAGES: dict[str, ImageSpec] = {"orders": ORDERS}
SUBJECT = "orders"
PORT = 8000
KNOWN_BAD = ("ack-first",)
BOOK = ("cat", "/data/orders.jsonl")


def order(_seed: int, _index: int, request_id: str, _due_s: float) -> dict[str, str]:
    """The body of a request; its id is how the harness finds it again in the book."""
    return {"id": request_id}


def plan(request: PlanRequest) -> StackPlan:
    """One container, driven over HTTP and read from its own disk.

    Raises:
        UsageError: there is no such known-bad variant.
    """
    for name in request.known_bad:
        if name not in KNOWN_BAD:
            raise UsageError(f"there is no known-bad variant '{name}'; there is {', '.join(KNOWN_BAD)}")
    book = Service(
        name="orders",
        image="orders",
        ready=HttpReady(port=PORT, path="/health"),
        environment={"ORDERS_KNOWN_BAD": ",".join(request.known_bad)},
        ports=(PORT,),
    )
    return StackPlan(
        services=(book,),
        settings={"health_every_s": 0.5},
        traffic=Traffic(services=("orders",), port=PORT, path="/orders", payload="orders_alone:order"),
        health=(HealthTarget(service="orders", port=PORT),),
        # Each line of the book is an order that was taken and, as nothing else happens to it, its execution.
        final_reads=(
            CommandRead(kind="accepted", service="orders", command=BOOK),
            CommandRead(kind="effect", service="orders", command=BOOK),
        ),
        known_bad=request.known_bad,
    )
