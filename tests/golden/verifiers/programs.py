"""The verifiers that work offline, as programs: the Python script, and the one in Go if it can be built."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tools" / "verify.py"
GO_SOURCES = ROOT / "verifiers" / "go"
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
