"""XML from strangers: subtrees as they come, and nothing of what XML is attacked with."""

import io

import pytest

from partita.adapters.formats.xml_stream import XmlRefused, subtrees


def read(text: str, *names: str) -> list[tuple[str, str]]:
    found = subtrees(io.BytesIO(text.encode()), set(names))
    return [(namespace, "".join(element.itertext())) for namespace, element in found]


def test_subtrees_come_with_the_namespace_of_the_root():
    text = '<d xmlns="urn:x:1"><a>1<b>2</b></a><c>3</c><a>4</a></d>'
    assert read(text, "a") == [("urn:x:1", "12"), ("urn:x:1", "4")]


def test_an_element_inside_one_of_its_own_name_is_a_part_of_it():
    assert read("<d><a>1<a>2</a></a></d>", "a") == [("", "12")]


def test_the_root_itself_may_be_asked_for():
    assert read("<a>1</a>", "a") == [("", "1")]


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE d>",
        '<!DOCTYPE d SYSTEM "http://example.org/d.dtd">',
        '<!DOCTYPE d [<!ENTITY x "y">]>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
    ],
)
def test_a_document_type_is_refused_before_anything_is_read(declaration: str):
    with pytest.raises(XmlRefused, match="DTD"):
        read(f"<?xml version='1.0'?>{declaration}<d><a>1</a></d>", "a")


def test_an_entity_that_nobody_declared_is_no_xml():
    with pytest.raises(XmlRefused, match="well-formed"):
        read("<d><a>&x;</a></d>", "a")


@pytest.mark.parametrize("text", ["", "<d>", "<d></e>", "no xml", "<d/><d/>", "<d>\x00</d>"])
def test_what_is_not_well_formed_is_refused(text: str):
    with pytest.raises(XmlRefused, match="well-formed"):
        read(text, "d")


def test_nesting_has_an_end():
    deep = "<d>" * 64 + "</d>" * 64
    assert len(read(deep, "d")) == 1
    with pytest.raises(XmlRefused, match="deeper than 64"):
        read("<d>" * 65 + "</d>" * 65, "d")


def test_only_one_subtree_is_kept_while_a_document_goes_by():
    class Long(io.RawIOBase):
        """A document of 100,000 elements that is never in memory."""

        def __init__(self) -> None:
            self.pieces = 0

        def read(self, _size: int = -1) -> bytes:
            self.pieces += 1
            head = b"<d>" if self.pieces == 1 else b""
            return head + b"<a>1</a>" * 100 if self.pieces <= 1000 else b""

    stream = Long()
    taken = subtrees(stream, {"a"})  # type: ignore[arg-type]
    next(taken)
    assert stream.pieces == 1, "the first comes before the rest is read"
