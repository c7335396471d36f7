"""Make a new part from its scaffold: `./dev new rail NAME`.

Writes the part's files, its test and its page, and adds its lines where parts are wired. Nothing that
is there is overwritten: a name that is taken is refused before anything is written.
"""

import argparse
import keyword
import re
import sys
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parent.parent
SCAFFOLD = Path(__file__).resolve().parent / "scaffold"
NETWORKS = "src/partita/adapters/rails/networks.py"
RAIL: dict[str, str] = {
    "__init__.py.txt": "src/partita/adapters/rails/{name}/__init__.py",
    "rail.py.txt": "src/partita/adapters/rails/{name}/rail.py",
    "client.py.txt": "src/partita/adapters/rails/{name}/client.py",
    "messages.py.txt": "src/partita/adapters/rails/{name}/messages.py",
    "test.py.txt": "tests/unit/adapters/rails/test_{name}.py",
    "page.md.txt": "docs/rails/{name}.md",
}
"""Each file of a rail's scaffold, and where it goes."""


class Refused(Exception):
    """The part cannot be made; the message says why."""


def new_rail(root: Path, name: str) -> list[Path]:
    """Write a rail of this name below a repository's root; the files written or changed.

    Raises:
        Refused: no rail may be called so, or one is.
    """
    if re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name) is None or keyword.iskeyword(name):
        raise Refused(f"a rail is called by a word like fedwire or sepa_instant, not {name!r}")
    places = {
        root / place.format(name=name): SCAFFOLD / "rail" / file for file, place in RAIL.items()
    }
    taken = [place for place in places if place.exists()]
    if taken:
        raise Refused(f"there is a rail of that name: {taken[0].relative_to(root)}")
    words = {"name": name, "type": "".join(part.title() for part in name.split("_"))}
    for place, file in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        text = Template(file.read_text(encoding="utf-8")).substitute(words)
        place.write_text(text, encoding="utf-8")
    networks = root / NETWORKS
    networks.write_text(wired(networks.read_text(encoding="utf-8"), name), encoding="utf-8")
    return [*places, networks]


def wired(text: str, name: str) -> str:
    """The table of rails with one more: its import where the alphabet wants it, its row at the end."""
    imported = f"from partita.adapters.rails.{name}.rail import make as make_{name}\n"
    lines = text.splitlines(keepends=True)
    imports = [number for number, line in enumerate(lines) if line.startswith("from partita.")]
    later = (number for number in imports if lines[number] > imported)
    lines.insert(next(later, imports[-1] + 1), imported)
    end = next(n for n, line in enumerate(lines) if line == "}\n")
    lines.insert(end, f'    "{name}": make_{name},\n')
    return "".join(lines)


def main() -> int:
    """Make what the command line says, and tell what is left to do."""
    parser = argparse.ArgumentParser(prog="./dev new", description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["rail"])
    parser.add_argument("name")
    given = parser.parse_args()
    try:
        written = new_rail(ROOT, given.name)
    except Refused as refusal:
        print(f"new: {refusal}", file=sys.stderr)
        return 2
    for place in written:
        print(place.relative_to(ROOT))
    print(
        "Now fill in client.py and messages.py until its contract holds:"
        f" ./dev test test_{given.name}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
