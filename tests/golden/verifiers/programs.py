"""The verifiers that work offline, as programs: the Python script, and the one in Go if it can be built."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tools" / "verify.py"
GO_SOURCES = ROOT / "verifiers" / "go"
# Where Go puts itself if nobody says otherwise.
GO_USUALLY = Path("/usr/local/go/bin/go")
Verifier = Callable[..., dict[str, Any]]


def program(*command: str | Path) -> Verifier:
    """A verifier by its command: what it says, whose status and silence on stderr fit."""

    def run(*arguments: str | Path) -> dict[str, Any]:
        words = [str(word) for word in (*command, *arguments)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
        assert done.stderr == ""
        result: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if result["ok"] else 1)
        assert result["ok"] is (result["first_bad"] is None)
        return result

    return run


script = program(sys.executable, "-I", SCRIPT)


def toolchain() -> str:
    """The Go toolchain; without one, no test."""
    if found := shutil.which("go") or (str(GO_USUALLY) if GO_USUALLY.exists() else None):
        return found
    pytest.skip("no Go toolchain: the second verifier cannot be built")


def go(tool: str, cache: Path, *words: str | Path) -> None:
    """Run the toolchain in the verifier's folder: nothing is fetched, all that is kept is in `cache`."""
    kept = {"GOCACHE": str(cache / "build"), "GOENV": "off"}
    sealed = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOPROXY": "off", "CGO_ENABLED": "0"}
    done = subprocess.run(
        [tool, *map(str, words)], cwd=GO_SOURCES, env={**os.environ, **kept, **sealed},
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def built(tool: str, cache: Path) -> Path:
    """The verifier in Go, built once for its sources, however many workers ask."""
    sources = sorted(GO_SOURCES.glob("*.go"))
    digest = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    binary = cache / f"verify-{digest}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            go(tool, cache, "build", "-o", binary, ".")
    return binary
