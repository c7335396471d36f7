"""Locks on a data folder that the OS gives back when their holder dies, however it dies.

`embedded` holds one shared for as long as it uses the server, and one alone around starting and
stopping it. A lock belongs to the open file: two holders in one process exclude each other too,
and a forked child shares its parent's.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from partita.adapters.stores.postgres.errors import DataFolderError

_PAUSE_SECONDS = 0.01


class FolderLock:
    """One lock file, open until `close`."""

    def __init__(self, file: Path) -> None:
        """Open or make the file, for its folder's owner only."""
        self.file = file
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(file, flags, 0o600)
        if os.geteuid() == 0:
            # Made by root in somebody's folder: the owner must be able to open it later.
            owner = file.parent.stat()
            os.fchown(self._descriptor, owner.st_uid, owner.st_gid)

    def __enter__(self) -> Self:
        """Use the lock for a block."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close; the lock goes with the last process that has it open. Twice does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def share(self) -> None:
        """Hold it beside others. Only called where nobody holds it alone."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def try_alone(self) -> bool:
        """Hold it alone if nobody else holds it; otherwise hold nothing."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Hold nothing, also on behalf of forked children."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    @contextmanager
    def alone(self, timeout_seconds: float) -> Iterator[None]:
        """Hold it alone for a block.

        Raises:
            DataFolderError: somebody else held it for the whole time.
        """
        deadline = time.monotonic() + timeout_seconds
        while not self.try_alone():
            if time.monotonic() > deadline:
                raise DataFolderError(
                    f"Another process has held {self.file} for over {timeout_seconds:g} s.",
                    mend="wait for it to start or stop the server, or end it, then try again.",
                )
            time.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            self.release()
