"""A witness vouches for growth and for nothing else, and answers as C2SP's tlog-witness says."""

import pytest

from partita.journal.notes import Note, Signature
from partita.surfaces.witness.cosigning import Witness
from partita.surfaces.witness.memory import Memory
from tests.unit.surfaces.witness.conftest import SECONDS, PlainLog


def test_growth_is_cosigned_with_the_time(witness: Witness, log: PlainLog, memory: Memory) -> None:
    for old, size in ((0, 7), (7, 8), (8, 8), (8, 33)):
        answer = witness.add_checkpoint(log.contact(old, size))
        assert answer.status == 200
        note, line = log.note(size), Signature.parse(answer.text.removesuffix("\n"))
        signed = Note(note.text, (*note.signatures, line))
        assert signed.signers([log.key, memory.key]) == [log.key, memory.key]
        assert line.seconds == SECONDS


def test_a_wrong_old_size_is_answered_by_the_one_that_is_known(
    witness: Witness, log: PlainLog
) -> None:
    assert witness.add_checkpoint(log.contact(3, 9))[:2] == (409, "0\n")
    witness.add_checkpoint(log.contact(0, 9))
    for old, size in ((0, 12), (8, 12), (10, 12), (3, 5)):
        answer = witness.add_checkpoint(log.contact(old, size))
        assert answer == (409, "9\n", "text/x.tlog.size")


@pytest.mark.parametrize("forked_at", [0, 4, 8])
@pytest.mark.parametrize("size", [9, 10, 16, 25])
def test_another_history_is_not_cosigned(
    witness: Witness, log: PlainLog, size: int, forked_at: int
) -> None:
    witness.add_checkpoint(log.contact(0, 9))
    forked = PlainLog(forked_at)
    # With equal sizes the roots differ at once; a larger one cannot be proved to have grown.
    expected = 409 if size == 9 else 422
    assert witness.add_checkpoint(forked.contact(9, size)).status == expected
    assert witness.add_checkpoint(log.contact(9, size)).status == 200


def test_a_path_that_is_too_long_short_or_another_is_refused(
    witness: Witness, log: PlainLog
) -> None:
    witness.add_checkpoint(log.contact(0, 9))
    head, _, note = log.contact(9, 12).partition("\n\n")
    lines = head.split("\n")
    for other in (lines[:-1], [*lines, lines[-1]], [lines[0], *lines[:0:-1]]):
        body = "\n".join(other) + "\n\n" + note
        assert witness.add_checkpoint(body).status == 422


def test_stored_answers_may_only_become_more(witness: Witness, log: PlainLog) -> None:
    ask = witness.add_checkpoint
    assert ask(log.contact(0, 9, 4)).status == 200
    assert ask(log.contact(9, 9, 6)).status == 200
    assert ask(log.contact(9, 9, 5))[:2] == (409, "9\n")
    assert ask(log.contact(9, 11, 5)).status == 422
    assert ask(log.contact(9, 11)).status == 422
    assert ask(log.contact(9, 11, 6)).status == 200
    others = PlainLog(forked_at=3).note(6).text.split("\n")[2]
    forged = log.contact(11, 11, 6).replace("answers 6", f"answers 6 {others}\nx")
    assert ask(forged).status in (400, 403)


def test_other_answers_of_the_same_count_are_refused(witness: Witness, log: PlainLog) -> None:
    """The log itself signs that an answer is another one than before."""
    log_of_others = PlainLog(forked_at=12)
    assert witness.add_checkpoint(log.contact(0, 9, 14)).status == 200
    assert witness.add_checkpoint(log_of_others.contact(9, 9, 14)).status == 409
    assert witness.add_checkpoint(log_of_others.contact(9, 11, 14)).status == 422


def test_strangers_are_refused(witness: Witness, log: PlainLog) -> None:
    thief = PlainLog(seed=b"t" * 32)
    assert witness.add_checkpoint(thief.contact(0, 3)).status == 403
    swapped = thief.contact(0, 3).replace(
        thief.note(3).signatures[0].line(), log.note(4).signatures[0].line()
    )
    assert witness.add_checkpoint(swapped).status == 403
    other = PlainLog()
    other.origin = "elsewhere.example.com/main"
    assert witness.add_checkpoint(other.contact(0, 3)).status == 404


@pytest.mark.parametrize(
    ("given", "other"),
    [
        ("old 0", "old 00"),
        ("old 0", "old -1"),
        ("old 0", "old 8"),
        ("old 0\n", ""),
        ("\n\n", "\n"),
        ("old 0\n", "old 0\nabc\n"),
        ("old 0\n", "old 0\nQUJD\n"),
        ("\n3\n", "\n03\n"),
        ("answers 2 ", "answers 02 "),
        ("answers 2 ", "answers "),
    ],
)
def test_what_is_no_request_is_refused(
    witness: Witness, log: PlainLog, given: str, other: str
) -> None:
    body = log.contact(0, 3, 2)
    assert given in body
    assert witness.add_checkpoint(body.replace(given, other)).status == 400


def test_only_the_log_s_own_signature_is_kept(
    witness: Witness, log: PlainLog, memory: Memory
) -> None:
    stranger = Signature("someone", b"1234", b"x" * 64).line()
    assert witness.add_checkpoint(log.contact(0, 3) + stranger).status == 200
    assert memory.last(log.origin) == log.note(3)
