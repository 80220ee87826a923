"""Lines of a stream as rows with declared types, many at a time where nothing is odd about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from operator import or_
from typing import Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from harness.checks.reading import Reader
from harness.errors import EvidenceError
from harness.recorded import Observation, Stream

T = TypeVar("T")


class Row(msgspec.Struct, kw_only=True, gc=False, tag_field="kind"):
    """A line of one kind, which is its tag; what it says beyond its fields is not asked for.

    A field named `t` is the wall clock time at which the line was written, s.
    """


R = TypeVar("R", bound=Row)


@runtime_checkable
class Decoding(Protocol):
    """A history that makes rows of its lines without making observations of them first."""

    def rows(self, stream: Stream, shapes: msgspec.json.Decoder[T]) -> Iterator[Sequence[T | Observation]]:
        """What a stream says in written order, many lines at a time: as rows, or one by one as observations.

        Raises:
            EvidenceError: as `History.read`.
        """
        ...


class Shapes(Generic[R]):
    """The kinds of lines that are asked for, each with its type."""

    def __init__(self, *shapes: type[R]) -> None:
        self.kinds: Mapping[type[R], str] = {shape: str(shape.__struct_config__.tag) for shape in shapes}
        self.decoder: msgspec.json.Decoder[R] = msgspec.json.Decoder(reduce(or_, shapes))
        self._of = {kind: shape for shape, kind in self.kinds.items()}

    def row(self, seen: Observation) -> R | None:
        """What an observation says, as a row of its kind; None of a kind that is not asked for.

        Raises:
            ValueError: a field is missing, of another type, or not finite; names it.
        """
        shape = self._of.get(seen.kind)
        return None if shape is None else msgspec.convert({**seen.data, "t": seen.wall_s}, shape)


def read_rows(
    reader: Reader,
    stream: Stream,
    shapes: Shapes[R],
    take: Callable[[int, R], None],
    other: Callable[[Observation], None],
) -> None:
    """Hand over each line of a stream as a row with its line number, up to the first that cannot be taken.

    Args:
        reader: the evidence; remembers damage.
        stream: which.
        shapes: what lines are, by their kind.
        take: raises ValueError where something is not as its kind has it.
        other: is given the lines of all other kinds; raises ValueError, KeyError or TypeError likewise.
    """
    lines = chain.from_iterable(_parts(reader, stream, shapes))
    for number, line in enumerate(lines, start=1):
        try:
            if type(line) is not Observation:  # isinstance takes ten times as long for a msgspec struct
                take(number, line)
            elif (row := shapes.row(line)) is not None:
                take(number, row)
            else:
                other(line)
        except (ValueError, KeyError, TypeError) as odd:
            reader.damage.append(f"{stream.value}.jsonl:{number} cannot be read ({odd}): the evidence is damaged")
            return


def _parts(reader: Reader, stream: Stream, shapes: Shapes[R]) -> Iterator[Sequence[R | Observation]]:
    """As `Decoding.rows`, of any history; damage ends it."""
    if not isinstance(reader.history, Decoding):
        yield from ((seen,) for seen in reader.lines(stream))
        return
    try:
        yield from reader.history.rows(stream, shapes.decoder)
    except EvidenceError as damage:
        reader.damage.append(str(damage))
