"""Files of named queries: each has a name, a sentence and a statement, or it is refused."""

from pathlib import Path

import pytest

from partita.adapters.stores.postgres.errors import NamedQueriesError
from partita.adapters.stores.postgres.named_queries import NamedQueries

GOOD = """-- The queries of a test.

-- name: newest
-- The last entry of one account,
-- which carries its balance.
select *
from entry -- not a header
where account = %(account)s;

-- name: all_of_them
-- Every entry.

select * from entry;
"""


def load(folder: Path, text: str) -> NamedQueries:
    file = folder / "queries.sql"
    file.write_text(text, encoding="utf-8")
    return NamedQueries(file)


def test_a_query_is_found_by_its_name(tmp_path: Path) -> None:
    queries = load(tmp_path, GOOD)
    assert queries.newest.startswith("select *\nfrom entry -- not a header")
    assert queries["all_of_them"] == "select * from entry"
    assert list(queries) == ["newest", "all_of_them"]
    assert len(queries) == 2


def test_a_query_says_what_it_does(tmp_path: Path) -> None:
    queries = load(tmp_path, GOOD)
    assert queries.sentence("newest") == "The last entry of one account, which carries its balance."


def test_an_unknown_name_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match=r"no query 'oldest'; it has newest, all_of_them"):
        _ = load(tmp_path, GOOD).oldest


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- name: a\n-- One.\nselect 1;\n-- name: a\n-- Two.\nselect 2;", "a is there twice"),
        ("-- name: a\nselect 1;", "a has no sentence"),
        ("-- name: a\n--\nselect 1;", "a has no sentence"),
        ("-- name: a\n-- One.\n", "a has no statement"),
        ("-- name: a\n-- One.\n;", "a has no statement"),
        ("-- name: Big Name\n-- One.\nselect 1;", "'Big Name' is not a name"),
        ("-- name:\n-- One.\nselect 1;", "'' is not a name"),
        ("select 0;\n-- name: a\n-- One.\nselect 1;", "a statement before its first name"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(NamedQueriesError, match=complaint):
        load(tmp_path, text)
