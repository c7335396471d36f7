"""XML from strangers, read as a stream: the subtrees that are asked for, one after another.

Every attack that XML is known for (entities that grow without end, files and addresses that are
fetched) begins in a document type declaration. No message of a bank has one, so a document with
one is refused before anything in it is looked at. Namespaces are dropped from tags; the one of
the root tells the version of a message and is kept.
"""

from collections.abc import Container, Iterator
from typing import IO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

_PIECE_BYTES = 1 << 16
_DEEPEST = 64


class XmlRefused(ValueError):
    """This is not a document that is read here; the message says why, and at which line."""


def subtrees(stream: IO[bytes], names: Container[str]) -> Iterator[tuple[str, Element]]:
    """The elements of these names, each with the namespace of the document's root.

    Only one of them is in memory at a time; elements around them are not kept.

    Raises:
        XmlRefused: not well formed, with a document type declaration, or nested without end.
    """
    reader = _Reader(names)
    while piece := stream.read(_PIECE_BYTES):
        yield from reader.feed(piece, is_last=False)
    yield from reader.feed(b"", is_last=True)


class _Reader:
    """Builds trees out of what the parser says, and hands over those that are whole."""

    def __init__(self, names: Container[str]) -> None:
        self._names, self._depth, self._namespace = names, 0, ""
        self._builder: TreeBuilder | None = None
        self._inside = 0
        self._whole: list[tuple[str, Element]] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def feed(self, piece: bytes, *, is_last: bool) -> Iterator[tuple[str, Element]]:
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise XmlRefused(f"this is not well-formed XML: {error}") from None
        whole, self._whole = self._whole, []
        yield from whole

    def _refuse(self, *_declaration: object) -> None:
        line = self._parser.CurrentLineNumber
        raise XmlRefused(
            f"line {line} declares a document type; documents with a DTD are refused,"
            " since entities may hide in them. Ask for the file without <!DOCTYPE …>"
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        self._depth += 1
        if self._depth == 1:
            self._namespace = namespace
        if self._depth > _DEEPEST:
            line = self._parser.CurrentLineNumber
            raise XmlRefused(f"line {line} is nested deeper than {_DEEPEST} elements")
        if self._builder is None and name in self._names:
            self._builder, self._inside = TreeBuilder(), self._depth
        if self._builder is not None:
            self._builder.start(name, attributes)

    def _end(self, tag: str) -> None:
        if self._builder is not None:
            self._builder.end(tag.rpartition(" ")[2])
            if self._inside == self._depth:
                self._whole.append((self._namespace, self._builder.close()))
                self._builder = None
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)
