"""The repository works anywhere: no index, host or folder of one machine is written into it."""

import re
from collections.abc import Iterator

import pytest

from tests.tidy.source import ROOT, expect_none, text_files

PACKAGE_LINE = re.compile(
    r"^(#.*|\s*|\s+--hash=sha256:[0-9a-f]{64}( \\)?|[a-z0-9-]+==[^\s;@/]+( ; [^@/\\]+)?( \\)?)$"
)
# Folders that somebody's machine has and a reader's has not. (?<!…): not in the middle of a longer path or URL.
PERSONAL_FOLDERS = ("home", "root", "Users", "work", "workspace", "builds")
MACHINE_WORDS = re.compile(
    r"(?<![\w.~:}\)/-])/(" + "|".join(PERSONAL_FOLDERS) + r")/\w"
    r"|/tmp/\w*(jobs|brief)\b|/\.library\b"
)


def foreign_lines(path: str, text: str) -> Iterator[str]:
    """Find lines of a requirements file that are more than a pinned package, its marker and its hashes."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not PACKAGE_LINE.match(line):
            yield f"{path}:{number}: only pinned packages and hashes, no index, host or file: {line}"


def machine_words(path: str, text: str) -> Iterator[str]:
    """Find folders that exist on one machine only."""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := MACHINE_WORDS.search(line):
            yield f"{path}:{number}: `{found[0]}…` is somebody's machine: write a relative path"


def test_requirements_name_packages_and_nothing_else() -> None:
    paths = sorted(ROOT.glob("requirements*.txt"))
    assert paths, "requirements.txt is missing"
    expect_none(finding for path in paths for finding in foreign_lines(path.name, path.read_text()))


def test_no_folder_of_one_machine_is_named() -> None:
    expect_none(finding for path, text in text_files() for finding in machine_words(path, text))


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.org/simple",
        "-i https://example.org",
        "--find-links wheels",
        "--extra-index-url x",
        "rich @ https://example.org/rich.whl",
        "rich",
        "-e .",
    ],
)
def test_an_index_or_host_in_requirements_is_found(line: str) -> None:
    assert list(foreign_lines("requirements.txt", line))


@pytest.mark.parametrize(
    "line",
    [
        "rich==15.0.0 \\",
        "cffi==2.1.1 ; platform_python_implementation != 'PyPy' \\",
        "    --hash=sha256:" + "0" * 64 + " \\",
        "    --hash=sha256:" + "0" * 64,
    ],
)
def test_a_pinned_package_passes(line: str) -> None:
    assert not list(foreign_lines("requirements.txt", line))


@pytest.mark.parametrize("folder", PERSONAL_FOLDERS)
def test_a_folder_of_one_machine_is_found(folder: str) -> None:
    path = f"/{folder}/somebody/partita"
    assert list(machine_words("README.md", f"cd {path}"))
    assert list(machine_words("README.md", f'open("{path}")'))


@pytest.mark.parametrize(
    "text", ["../shared/data", "https://example.org/home/x", "/v1/accounts", "a/work/b"]
)
def test_other_paths_pass(text: str) -> None:
    assert not list(machine_words("README.md", text))
