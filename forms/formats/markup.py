"""Reads one XML part of a workbook, element by element, and stops at whatever no workbook has.

expat is used as it is: nothing is built in memory, a document type (and so every entity) is refused
where it stands, and depth, number of elements and length of a tag are limited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate

from forms.findings import Count
from forms.formats import limits
from forms.formats.grid import Budget, refuse

Attributes = dict[str, str]
_CHUNK = 64 * 1024


class Markup:
    """The reading of one part. `starts` and `ends` act on elements by their name without prefix.

    `where` tells the sheet and the cell that are being read, for errors.
    """

    starts: Mapping[str, Callable[[Attributes], None]]
    ends: Mapping[str, Callable[[], None]]

    def __init__(self, budget: Budget, where: Callable[[], tuple[str, str]]) -> None:
        self.budget = budget
        self.where = where
        self.starts = {}
        self.ends = {}
        self._depth = 0
        self._length = 0
        self._pieces: list[str] = []
        self._parser = ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, stream: IO[bytes]) -> None:
        """Read the part to its end. Raises UnreadableFile."""
        given = 0
        try:
            while chunk := stream.read(_CHUNK):
                self._parser.Parse(chunk)
                given += len(chunk)
                if given - self._parser.CurrentByteIndex > limits.LONGEST_TAG + _CHUNK:
                    raise refuse("broken", *self.where())
            self._parser.Parse(b"", True)
        except (ExpatError, LookupError, ValueError) as error:
            raise refuse("broken", *self.where()) from error

    def restart(self) -> None:
        """Begin a cell: all text that is kept for it may be as long as a cell."""
        self._length = 0

    def listen(self, _: Attributes | None = None) -> None:
        """Keep the text that comes now."""
        self._pieces = []
        self._parser.CharacterDataHandler = self._text

    def heard(self) -> str:
        """Return the text since `listen`, and keep no more."""
        self._parser.CharacterDataHandler = None
        return "".join(self._pieces)

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        self.budget.elements += 1
        if self._depth > limits.DEEPEST_ELEMENT:
            raise refuse("broken", *self.where())
        if self.budget.elements > limits.MOST_ELEMENTS:
            raise refuse("too_many_elements", *self.where())
        act = self.starts.get(name if ":" not in name else name.rpartition(":")[2])
        if act is not None:
            act(attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        act = self.ends.get(name if ":" not in name else name.rpartition(":")[2])
        if act is not None:
            act()

    def _text(self, text: str) -> None:
        self._length += len(text)
        if self._length > limits.LONGEST_CELL:
            limit = Count(limits.LONGEST_CELL)
            raise refuse("cell_too_long", *self.where(), limit=limit)
        self._pieces.append(text)

    def _doctype(self, *_: object) -> None:
        raise refuse("document_type", *self.where())
