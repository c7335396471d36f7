"""`./dev` and `.ci/run`: plain shell, executable, every verb explained, mistakes answered with status 2."""

import os
import re
import subprocess

import pytest

from tests.tidy.source import ROOT

DEV = ROOT / "dev"


def run_dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ./dev from another folder, as people do."""
    return subprocess.run(
        [DEV, *arguments],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("shell", "script"), [("sh", "dev"), ("bash", ".ci/run")])
def test_the_scripts_are_executable_and_parse(shell: str, script: str) -> None:
    assert os.access(ROOT / script, os.X_OK), f"chmod +x {script}"
    parsed = subprocess.run(
        [shell, "-n", ROOT / script], capture_output=True, text=True, check=False
    )
    assert parsed.returncode == 0, parsed.stderr


def test_alone_it_explains_every_verb() -> None:
    listed = set(re.findall(r"^  ([a-z]+)\b.*  \S", run_dev().stdout, flags=re.MULTILINE))
    written = set(re.findall(r"^verb_([a-z]+)\(\)", DEV.read_text(), flags=re.MULTILINE)) - {"help"}
    assert listed == written


@pytest.mark.parametrize("arguments", [["nonsense"], ["show"], ["show", "no-such-story"]])
def test_a_mistake_is_answered_with_status_2_and_what_there_is(arguments: list[str]) -> None:
    answer = run_dev(*arguments)
    assert answer.returncode == 2
    assert "usage: ./dev" in answer.stderr
    assert not answer.stdout


def test_every_story_and_every_show_is_listed() -> None:
    stories = [path.parent.name for path in ROOT.glob("examples/*/story.py")]
    shows = [path.stem.replace("_", "-") for path in ROOT.glob("tools/shows/*.py")]
    listed = [line.strip() for line in run_dev("show").stderr.splitlines()[1:]]
    assert listed == sorted(stories + shows)
    assert "berka" in listed
