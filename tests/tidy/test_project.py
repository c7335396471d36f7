"""What is written twice agrees: versions, pinned packages, generated files."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tidy.source import ROOT, expect_none, modules

# Generated file -> the arguments to Python that print what it must hold. Absent files are not due yet.
GENERATED: dict[str, tuple[str, ...]] = {
    f"docs/reference/{page}.md": ("tools/docs.py", "--print", page)
    for page in ("accounts", "command-line", "errors", "operations", "schema", "settings")
}


def project() -> Mapping[str, Any]:
    """Read pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def package_name(requirement: str) -> str:
    """Return the name a requirement begins with, in its normal form."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def pinned(text: str) -> dict[str, str]:
    """Read name and version of every package of a requirements file."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))


def drift(path: Path, command: tuple[str, ...]) -> str | None:
    """Compare a committed file with what its generator prints; None when they agree."""
    printed = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    if printed == path.read_text(encoding="utf-8"):
        return None
    return f"{path.name} drifted: run `python {' '.join(command)} > {path.name}` and commit"


def test_the_version_is_said_once() -> None:
    source = next(module for module in modules("src") if module.name == "partita")
    written = re.search(r'^__version__(?:: \w+)? = "([^"]+)"$', source.text, flags=re.MULTILINE)
    if written is None:
        pytest.skip("the package takes its version from the installed metadata")
    assert written[1] == project()["project"]["version"], "src/partita and pyproject.toml disagree"


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("requirements.txt", project()["project"]["dependencies"]),
        ("requirements.txt", project()["build-system"]["requires"]),
        ("requirements-dev.txt", project()["dependency-groups"]["dev"]),
    ],
)
def test_every_package_asked_for_is_pinned(file: str, wanted: list[str]) -> None:
    versions = pinned((ROOT / file).read_text(encoding="utf-8"))
    missing = {package_name(each) for each in wanted} - set(versions)
    assert not missing, f"pin again (see the comment in pyproject.toml): {sorted(missing)}"


def test_both_requirement_files_pin_the_same_versions() -> None:
    base = pinned((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    dev = pinned((ROOT / "requirements-dev.txt").read_text(encoding="utf-8"))
    apart = {name for name in base.keys() & dev.keys() if base[name] != dev[name]}
    assert not apart, f"pin again (see the comment in pyproject.toml): {sorted(apart)}"


def test_generated_files_are_fresh() -> None:
    present = [path for path in GENERATED if (ROOT / path).is_file()]
    expect_none(filter(None, (drift(ROOT / path, GENERATED[path]) for path in present)))


def test_drift_is_found(tmp_path: Path) -> None:
    generated = tmp_path / "table.txt"
    generated.write_text("one\n", encoding="utf-8")
    assert drift(generated, ("-c", "print('one')")) is None
    assert drift(generated, ("-c", "print('two')"))


def test_a_package_name_is_read_out_of_a_requirement() -> None:
    assert package_name("psycopg[binary,pool]>=3; python_version < '3.15'") == "psycopg"
    assert package_name("Prometheus_Client") == "prometheus-client"
    assert pinned("rich==15.0.0 \\\n    --hash=sha256:00\nanyio==4.16.0\n") == {
        "rich": "15.0.0",
        "anyio": "4.16.0",
    }
