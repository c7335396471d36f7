"""Posting by a template: the one command that is meant, or the earlier one that its key stands for.

What `Cabinet.commands` offers is submitted until an answer is not that the key was used with other
words; the answer to the first is the one if none fits. Once for each way of waiting.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from partita.engine.outcome import Outcome, Refused
from partita.kernel.commands import PostTransaction
from partita.kernel.rejections import Code


async def first_answer(
    commands: Iterator[PostTransaction],
    submit: Callable[[PostTransaction], Awaitable[Outcome]],
    read: Callable[..., Awaitable[Any]],
    *,
    is_at_hand: bool,
) -> Outcome:
    """The answer that counts. `read` runs a function that may ask the store, in a thread.

    `is_at_hand`: the first command comes without asking, so the thread is spared.

    Raises:
        TemplateError: there is nothing to submit.
    """
    first: Outcome | None = None
    command = next(commands, None) if is_at_hand else await read(next, commands, None)
    while command is not None:
        outcome = await submit(command)
        if not _is_reused(outcome):
            return outcome
        first = first or outcome
        command = await read(next, commands, None)
    assert first is not None, "commands come, or an error does"
    return first


def first_answer_waiting(
    commands: Iterator[PostTransaction], submit: Callable[[PostTransaction], Outcome]
) -> Outcome:
    """The same, for whoever waits."""
    first: Outcome | None = None
    for command in commands:
        outcome = submit(command)
        if not _is_reused(outcome):
            return outcome
        first = first or outcome
    assert first is not None, "commands come, or an error does"
    return first


def is_unchanged(outcome: Outcome) -> bool:
    """Whether a document was not saved because its newest version says the same already."""
    return isinstance(outcome, Refused) and outcome.rejection.code is Code.DOCUMENT_UNCHANGED


def _is_reused(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.rejection.code is Code.IDEMPOTENCY_KEY_REUSED
