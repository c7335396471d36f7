"""The OS user that the embedded server runs as, since PostgreSQL refuses to run as root.

As an ordinary user, the server runs as that user. As root it runs as an existing other user; no
user is ever made and no folder of somebody else is changed. Where that user cannot reach the
programs or the data (all under a private folder of root), the server gets the one capability that
lets it, by `setpriv` of util-linux. `embedded` runs every program on the data through `run`.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from partita.adapters.stores.postgres.errors import ServerStartError, ServerUserError

USER_VARIABLE = "PARTITA_OS_USER"
_USUAL_USERS = ("postgres", "nobody")
# From the least to the most. Reading suffices unless programs are executable by root only.
_CAPABILITIES = ("dac_read_search", "dac_override")
# `--show` looks for the other programs and files as a real start does, and changes nothing.
_REACH = '"$1" --show -D "$2/data" >/dev/null 2>&1 && cd "$2" && test -w .'
_WRITE = 'umask 077; cat >"$1.new" && mv -f "$1.new" "$1"'
_CLEAN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class ServerUser(msgspec.Struct, frozen=True):
    """An OS user, and the `setpriv` call (if any) that lets it reach its files."""

    name: str
    uid: int
    gid: int
    wrapper: tuple[str, ...] = ()

    def run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes = b"",
        output: IO[bytes] | None = None,
        timeout_seconds: float = 120,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program as this user, away from our terminal; its output is kept or sent on.

        Raises:
            ServerStartError: it did not end in time.
        """
        switches = not self.wrapper and os.geteuid() != self.uid
        try:
            return subprocess.run(
                (*self.wrapper, *arguments),
                input=stdin,
                stdout=output or subprocess.PIPE,
                stderr=output or subprocess.STDOUT,
                env=_CLEAN_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
                timeout=timeout_seconds,
                check=False,
                user=self.uid if switches else None,
                group=self.gid if switches else None,
                extra_groups=() if switches else None,
            )
        except subprocess.TimeoutExpired as error:
            raise ServerStartError(
                f"{Path(arguments[0]).name} did not end within {timeout_seconds:g} s.",
                mend="look at the load of the machine and its disk, then start again.",
            ) from error

    def write(self, file: Path, text: str) -> None:
        """Write a file as this user, whole or not at all.

        Root never writes inside the server's folder, whose owner could plant a link there.
        """
        done = self.run(("/bin/sh", "-c", _WRITE, "sh", str(file)), stdin=text.encode())
        if done.returncode != 0:
            raise ServerStartError(
                f"{file} could not be written as user {self.name}: {done.stdout.decode()}",
                mend="look at the disk's free space and the folder's owner.",
            )

    def reaches(self, initdb: str, folder: Path) -> bool:
        """Whether this user can run the programs and write in the folder."""
        try:
            done = self.run(("/bin/sh", "-c", _REACH, "sh", initdb, str(folder)))
        except OSError:
            return False
        return done.returncode == 0


def choose_server_user(folder: Path, *, environment: Mapping[str, str] = os.environ) -> ServerUser:
    """The user for a server folder: ourselves, or as root PARTITA_OS_USER, the owner, or a usual one.

    `folder` is the server's own folder; its owner, or the owner of the folder above while it is
    not there, keeps the server, so that all who open the same data agree.

    Raises:
        ServerUserError: the user does not exist, is root, or does not own the data.
    """
    owner = _owner(folder)
    if os.geteuid() != 0:
        return _ourselves(folder, owner)
    named = environment.get(USER_VARIABLE)
    if named:
        return _named(named, folder, owner)
    if owner not in (None, 0):
        return _of_entry(pwd.getpwuid(owner))
    return _usual(folder.parent)


def with_reach(user: ServerUser, initdb: str, folder: Path) -> ServerUser:
    """The same user, with the least capability by which it reaches the programs and the folder.

    Raises:
        ServerUserError: nothing helps; names the folder that is closed to it.
    """
    for candidate in _candidates(user):
        if candidate.reaches(initdb, folder):
            return candidate
    closed = _closed_folder(user, Path(initdb).parent, folder) or folder
    raise ServerUserError(
        f"The OS user {user.name}, as whom PostgreSQL is to run, cannot reach {closed}.",
        mend=f"allow it with `chmod o+x {closed}`, or install `setpriv` (package util-linux), or "
        f"use a data folder elsewhere, or name another user in {USER_VARIABLE}.",
    )


def _candidates(user: ServerUser) -> Iterator[ServerUser]:
    yield user
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        return
    # Without this bit, access(2), by which PostgreSQL looks for its programs, knows no capability.
    heard = ("--securebits", "+no_setuid_fixup")
    identity = ("--reuid", str(user.uid), "--regid", str(user.gid), "--clear-groups")
    for capability in _CAPABILITIES:
        grant = ("--inh-caps", f"+{capability}", "--ambient-caps", f"+{capability}")
        wrapper = (setpriv, *heard, *identity, *grant, "--")
        yield msgspec.structs.replace(user, wrapper=wrapper)


def _owner(folder: Path) -> int | None:
    try:
        return folder.lstat().st_uid
    except FileNotFoundError:
        return None


def _of_entry(entry: pwd.struct_passwd) -> ServerUser:
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _ourselves(folder: Path, owner: int | None) -> ServerUser:
    uid = os.geteuid()
    if owner not in (None, uid):
        raise ServerUserError(
            f"{folder} belongs to OS user {owner}, and we run as {uid}.",
            mend="start as the user that made the data folder, or give the folder to this user.",
        )
    return ServerUser(str(uid), uid, os.getegid())


def _named(name: str, folder: Path, owner: int | None) -> ServerUser:
    try:
        user = _of_entry(pwd.getpwnam(name))
    except KeyError:
        user = None
    if user is None or user.uid == 0:
        raise ServerUserError(
            f"{USER_VARIABLE} names {name!r}, which {'is root' if user else 'does not exist'}.",
            mend="name an existing OS user other than root.",
        )
    if owner not in (None, user.uid):
        raise ServerUserError(
            f"{folder} belongs to OS user {owner}, not to {name} of {USER_VARIABLE}.",
            mend=f"unset {USER_VARIABLE}, or `chown -R {name} {folder}` while nothing runs.",
        )
    return user


def _usual(data_folder: Path) -> ServerUser:
    above = _owner(data_folder)
    if above not in (None, 0):
        return _of_entry(pwd.getpwuid(above))
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _USUAL_USERS:
        if name in known:
            return _of_entry(known[name])
    raise ServerUserError(
        f"We run as root, and none of the OS users {', '.join(_USUAL_USERS)} exists.",
        mend=f"name an existing OS user in {USER_VARIABLE}, or run as an ordinary user.",
    )


def _closed_folder(user: ServerUser, *targets: Path) -> Path | None:
    """The first folder on the way to a target that others may not enter."""
    for target in targets:
        for folder in (*reversed(target.resolve().parents), target.resolve()):
            status = folder.stat()
            if status.st_uid != user.uid and not status.st_mode & 0o001:
                return folder
    return None
