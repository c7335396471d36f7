"""The settings of the embedded server, written as `partita.conf` at each start.

Durability is never traded here: `safety` would refuse it. The rest makes one machine's server
fit a ledger: large sequential writes, few checkpoints, short queries.
"""

import os
from collections.abc import Mapping
from pathlib import Path

MEBIBYTE = 1 << 20
PORT = 5432
"""Only names the socket's file: the embedded server listens on no network address."""

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_FIXED = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "data_sync_retry": "off",
    # Keys are random, so after a checkpoint nearly every row touches a page for the first time;
    # compressing those pages costs several times what writing them does.
    "wal_compression": "off",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "autovacuum": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_checkpoints": "off",
    # The log must not hold what people wrote into their transactions, nor grow with their errors.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


def settings_text(socket_folder: Path, data: Path, extra: Mapping[str, str]) -> str:
    """The whole of `partita.conf`; `extra` wins over our own settings.

    Raises:
        ValueError: a value holds a line break.
    """
    settings = {
        **_FIXED,
        "unix_socket_directories": f'"{socket_folder}"',
        "shared_buffers": f"{_shared_buffers_mebibytes()}MB",
        "max_wal_size": f"{_largest_wal_mebibytes(data)}MB",
        **extra,
    }
    lines = (f"{name} = '{_quoted(value)}'" for name, value in settings.items())
    return "# Written by Partita at each start; changes here are lost.\n" + "\n".join(lines) + "\n"


def access_text() -> str:
    """The whole of `pg_hba.conf`: whoever may enter the private socket folder is trusted."""
    return "# Written by Partita at each start.\nlocal all all trust\nlocal replication all trust\n"


def _quoted(value: str) -> str:
    if "\n" in value:
        raise ValueError(f"a setting's value has no line break: {value!r}")
    return value.replace("\\", "\\\\").replace("'", "''")


def _shared_buffers_mebibytes() -> int:
    return min(256, max(32, _memory_bytes() // 8 // MEBIBYTE))


def _largest_wal_mebibytes(data: Path) -> int:
    """4 GB, or a quarter of the disk's free space where that is less."""
    status = os.statvfs(data)
    return min(4096, max(256, status.f_bavail * status.f_frsize // 4 // MEBIBYTE))


def _memory_bytes() -> int:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = _CGROUP_LIMIT.read_text().strip()
    except OSError:
        limit = "max"  # not Linux, or not in a container: the machine is the limit
    return min(physical, int(limit)) if limit.isdecimal() else physical
