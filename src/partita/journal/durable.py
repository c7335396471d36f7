"""Small texts that must outlive a power cut: whole and durable when written, or still as before."""

import os
from pathlib import Path


def write_durably(file: Path, text: str) -> None:
    """Put a text into a file, by way of a draft that takes the file's name once it is on disk."""
    draft = file.with_name(f"{file.name}.draft")
    with draft.open("w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
    # The new name is durable with the folder, not with the file.
    descriptor = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
