"""The insider's attacks, by the numbers of the threat list; each with who must find it."""

from collections.abc import Callable

import msgspec

from tests.attacks import chain
from tests.attacks.scene import AFTER, AMOUNT, Scene, fill, go_on, opened, reseal, reseal_answers

_MENDED = "leaf = sha256('\\x00'::bytea || convert_to({0}, 'UTF8'))"


def _edit(scene: Scene, sequence: int, old: str, new: str, *, mends: bool = False) -> None:
    """Change a record's text, and its hash if the forger knows that much."""
    changed = "replace(body, %(old)s, %(new)s)"
    leaf = f", {_MENDED.format(changed)}" if mends else ""
    statement = f"update journal set body = {changed}{leaf} where sequence = %(sequence)s"
    with scene.insider() as connection:
        values = {"old": old, "new": new, "sequence": sequence}
        before = connection.execute(
            "select body from journal where sequence = %s", (sequence,)
        ).fetchone()
        assert before is not None
        assert old in before[0], before
        connection.execute(statement.encode(), values)


def edit_a_posting(scene: Scene) -> None:
    _edit(scene, scene.split + 1, f'"amount":"{AMOUNT}"', f'"amount":"{AMOUNT + 1}"')


def edit_metadata(scene: Scene) -> None:
    _edit(scene, scene.split - 1, '"till":"7"', '"till":"8"', mends=True)


def edit_a_reference(scene: Scene) -> None:
    _edit(scene, scene.split + 2, '"external_id":"late-1"', '"external_id":"late-9"', mends=True)


def edit_an_actor(scene: Scene) -> None:
    _edit(scene, scene.split - 2, '"actor":"clerk"', '"actor":"nobody"', mends=True)


def delete_a_row(scene: Scene) -> None:
    with scene.insider() as connection:
        for table in ("entry", "journal"):
            statement = f"delete from {table} where sequence = %s"
            connection.execute(statement.encode(), (scene.split - 3,))


def insert_a_row(scene: Scene) -> None:
    statement = """
        insert into journal
        select (jsonb_populate_record(j, jsonb_build_object(
            'sequence', h.sequence + 1, 'id', j.id || 'X', 'key', null, 'external_id', null
        ))).* from journal as j, head as h where j.sequence = %s
    """
    with scene.insider() as connection:
        connection.execute(statement, (scene.split,))


def swap_rows(scene: Scene) -> None:
    with scene.insider() as connection:
        for old, new in (
            (scene.split, 10**9),
            (scene.split + 1, scene.split),
            (10**9, scene.split + 1),
        ):
            values = (new, old)
            connection.execute("update journal set sequence = %s where sequence = %s", values)


def truncate_the_tail(scene: Scene) -> None:
    """The last transfers gone, the head as it was before them, and nothing signed beyond."""
    with scene.insider() as connection:
        for table in ("journal", "entry", "chain_link"):
            statement = f"delete from {table} where sequence > %s"
            connection.execute(statement.encode(), (scene.split,))
        for table in ("checkpoint", "cosignature"):
            statement = f"delete from {table} where size > %s"
            connection.execute(statement.encode(), (scene.split,))
        reseal(connection, forget_signed=False)


def rewrite_everything(scene: Scene) -> None:
    """Another history from the first record on, with every hash, total and signature made anew."""
    scene.database = scene.databases.create()
    with opened(scene.database, seed=7) as application:
        fill(application, AMOUNT + 1)
        go_on(application, amount=AMOUNT + 1)
    chain.write(scene.dsn)


def fork(scene: Scene) -> None:
    """Customer B is served from another history than A since the day of the backup."""
    scene.database = scene.backup
    with opened(scene.database, seed=7) as application:
        go_on(application, AFTER + 3, AMOUNT + 1)
    chain.write(scene.dsn)


def restore_a_backup(scene: Scene) -> None:
    """Yesterday's database, put back, and work goes on."""
    scene.database = scene.backup
    with opened(scene.database, seed=7) as application:
        go_on(application, 3, AMOUNT + 1)
    chain.write(scene.dsn)


def edit_running_totals(scene: Scene) -> None:
    with scene.insider() as connection:
        statement = "update entry set posted_credits = posted_credits + 7 where sequence = %s"
        connection.execute(statement, (scene.split - 4,))


def edit_an_answer(scene: Scene) -> None:
    """A refusal gets another reason; its hash, and the head's frontier, are made anew."""
    with scene.insider() as connection:
        connection.execute(
            "update outcome set body = replace(body, 'nobody', 'bob') where place = 2"
        )
        reseal_answers(connection)


def edit_an_answer_and_sign(scene: Scene) -> None:
    """The same, and whatever the log signed of the old answers is gone."""
    edit_an_answer(scene)
    with scene.insider() as connection:
        connection.execute("delete from checkpoint")
        connection.execute("delete from cosignature")


def edit_a_resource(scene: Scene) -> None:
    with scene.insider() as connection:
        connection.execute("update resource set body = replace(body, 'be kind', 'be quick')")


def edit_a_checkpoint(scene: Scene) -> None:
    with scene.insider() as connection:
        connection.execute(
            "update checkpoint set root = sha256('x') where size = %s", (scene.split,)
        )


def edit_a_cosignature(scene: Scene) -> None:
    with scene.insider() as connection:
        connection.execute("update cosignature set signature = set_byte(signature, 20, 7)")


def downgrade_the_format(scene: Scene) -> None:
    """An old record says that it is of an older format; every hash is made anew."""
    _edit(scene, scene.split - 5, '{"v":"1"', '{"v":"0"', mends=True)
    with scene.insider() as connection:
        reseal(connection)


def sign_a_second_tree(scene: Scene) -> None:
    """A thief of the log's key writes books of his own and signs them as the log."""
    scene.database = scene.databases.create()
    with opened(scene.database, seed=9) as application:
        fill(application, AMOUNT + 2)
        go_on(application, 3 * AFTER, AMOUNT + 2)
    chain.write(scene.dsn)


class Attack(msgspec.Struct, frozen=True):
    """One attack: its number in the list, what it is in words, how it is done, who finds it."""

    number: str
    words: str
    do: Callable[[Scene], None]
    found_by: frozenset[str]
    chain_finds: bool = False

    @property
    def name(self) -> str:
        """For a test's name."""
        return f"{self.number} {self.words}"


def _attack(
    number: str, words: str, do: Callable[[Scene], None], found_by: str, *, chain: bool = False
) -> Attack:
    return Attack(number, words, do, frozenset(found_by.split()), chain)


ATTACKS = (
    _attack("1", "edit a posting", edit_a_posting, "verify export receipt", chain=True),
    _attack("2", "edit metadata", edit_metadata, "verify export receipt start witness"),
    _attack("2", "edit a reference", edit_a_reference, "verify export receipt start witness"),
    _attack("2", "edit an actor", edit_an_actor, "verify export receipt start witness"),
    _attack(
        "3", "delete a row in the middle", delete_a_row, "verify export receipt start", chain=True
    ),
    _attack("4", "insert a row", insert_a_row, "verify export", chain=True),
    _attack("5", "swap two rows", swap_rows, "verify export receipt start witness", chain=True),
    _attack("6", "truncate the tail", truncate_the_tail, "receipt start witness"),
    _attack("7", "rewrite everything", rewrite_everything, "receipt start witness"),
    _attack("8", "fork: show A and B different histories", fork, "receipt start witness"),
    _attack("9", "restore an old backup and go on", restore_a_backup, "receipt start witness"),
    _attack("10", "edit running totals in entries", edit_running_totals, "verify export"),
    _attack("11", "edit an idempotency reply", edit_an_answer, "verify export start"),
    _attack("11", "edit a reply and sign it anew", edit_an_answer_and_sign, "start witness"),
    _attack("12", "edit a resource", edit_a_resource, "verify export"),
    _attack("12", "edit a checkpoint", edit_a_checkpoint, "verify"),
    _attack("12", "edit a cosignature", edit_a_cosignature, "receipt"),
    _attack(
        "13",
        "downgrade a record's format",
        downgrade_the_format,
        "verify export receipt start witness",
    ),
    _attack(
        "14", "sign a second tree with the stolen key", sign_a_second_tree, "receipt start witness"
    ),
)
"""By whom each is found, exactly; a detector more or less is a change worth a look."""
