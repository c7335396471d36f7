"""The camt messages of a tar archive, file after file, none of them unpacked onto the disk."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from partita.adapters.formats.camt.message import Statement
from partita.adapters.formats.camt.reading import CamtRefused, read


def read_archive(file: Path) -> Iterator[tuple[str, Statement]]:
    """Each statement of each XML file of an archive, with the name of its file, in its order.

    Raises:
        CamtRefused: a file is refused; the message begins with its name.
    """
    with tarfile.open(file, "r|*") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.name.endswith(".xml") else None
            if stream is None:
                continue
            try:
                for statement in read(stream):
                    yield member.name, statement
            except CamtRefused as error:
                raise CamtRefused(f"{member.name}: {error}") from None
