"""What the bank's file becomes, held fast: a change of profile or reader shows as a difference.

After a change that is meant, run the test with PARTITA_WRITE_GOLDEN=1 and look at the difference.
"""

import json
import os
from collections import Counter
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from examples.berka import story
from partita.kernel.asset import BUILT_IN
from partita.modules.importing.source import Instruction
from partita.wiring import csv_source

GOLDEN = Path(__file__).with_name("berka_1993.json")


def summary() -> dict[str, object]:
    """Every instruction in its order as one digest, and what there is of each kind."""
    source = csv_source(story.PROFILE, story.find_files().transactions)
    digest, kinds, sums, paths = sha256(), Counter[str](), Counter[str](), set[str]()
    for item in source.read({code: asset.scale for code, asset in BUILT_IN.items()}):
        assert isinstance(item, Instruction), f"line {item.line}: {item}"
        digest.update(msgspec.json.encode(item, order="deterministic", enc_hook=int))
        kind = item.command.type or ""
        kinds[kind] += 1
        sums[kind] += item.command.postings[0].amount
        paths |= {account.path for account in item.accounts}
    return {
        "instructions": digest.hexdigest(),
        "transactions": dict(sorted(kinds.items())),
        "amounts": dict(sorted(sums.items())),
        "own_accounts": sorted(path for path in paths if not path.startswith("customers:")),
        "customers": sum(path.startswith("customers:") for path in paths),
    }


def test_the_banks_file_becomes_the_same_instructions_as_ever() -> None:
    try:
        found = summary()
    except story.MissingInputError as missing:
        pytest.skip(str(missing))
    if os.environ.get("PARTITA_WRITE_GOLDEN"):
        GOLDEN.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(GOLDEN.read_text())
