"""`harness stack up | status | down`: a stack to explore by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from harness import settings as harness_settings
from harness.cli.console import progress_lines
from harness.cli.options import Boards, KnownBad, Rules, StackModule, TimeScale
from harness.containers.plan import PlanRequest
from harness.interrupt import interruptible
from harness.machine.engine import client, ready_engine
from harness.run import kept
from harness.run import order as orders
from harness.run.stacks import planned

app = typer.Typer(
    help="A stack to explore by hand: start it, see its addresses and logins, remove it.",
    no_args_is_help=True,
)
RunId = Annotated[str, typer.Argument(metavar="[RUN_ID]", help="Which stack, when several are up.")]


@app.command()
def up(
    time_scale: TimeScale = None,
    known_bad: KnownBad = None,
    rules: Rules = None,
    boards: Boards = None,
    stack: StackModule = None,
) -> None:
    """Start the stack and leave it running; prints its addresses, logins and boards."""
    progress = progress_lines()
    order = orders.order_of(
        orders.Options(time_scale=time_scale, known_bad=tuple(known_bad or ()), rules=rules, boards=boards, stack=stack)
    )
    request = PlanRequest(
        time_scale=order.time_scale,
        known_bad=order.known_bad,
        rules=order.rules,
        boards=order.boards,
        grafana_port=harness_settings.load().grafana_port,
    )
    plan = planned(order.stack, request)
    engine = ready_engine()
    images = orders.images_of(order, engine.host, progress)
    references = {key: image.reference for key, image in images.items()}
    with interruptible():
        run_id = kept.up(plan, request, references, client(engine), progress)
    _show(run_id)
    typer.echo(f"remove it with: harness stack down {run_id}")


@app.command()
def status(run_id: RunId = "") -> None:
    """Show the addresses and logins of a stack that is up."""
    _show(kept.the_run(client(), run_id))


@app.command()
def down(run_id: RunId = "") -> None:
    """Remove a stack with all its data."""
    engine = client()
    chosen = kept.the_run(engine, run_id)
    typer.echo(f"removed {kept.down(engine, chosen)} containers and networks of stack {chosen}")


def _show(run_id: str) -> None:
    typer.echo(f"stack {run_id}")
    for one in kept.addresses(client(), run_id):
        typer.echo(f"  {one.service:14}{one.port:>6}  {one.address:22}{one.login}")
    boards = kept.boards(client(), run_id)
    if boards is None:
        return
    typer.echo(f"boards, as {boards.user}; the password is above and in {boards.password_in}")
    for url in boards.urls:
        typer.echo(f"  {url}")
