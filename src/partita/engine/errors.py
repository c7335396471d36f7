"""Operational faults: the program could not do its work. Never what the rules say (rejections).

PartitaError
├─ Overloaded          the queue is full; nothing was taken in        retryable
├─ StoreUnavailable    the store cannot be reached                    retryable, same key
├─ NotFound            a thing named in a question does not exist
├─ Unstorable          a text holds what the store cannot             mend the text
├─ CorruptJournal      what is stored contradicts itself              stops the writer
├─ FormatUnavailable   what a format needs is not installed           install the extra
├─ StatementRefused    a statement cannot be made as asked for        ask as the message says
├─ RestoreRefused      exported files cannot become a ledger here     nothing wrong is written
├─ SignerUnavailable   the log's key cannot sign now                  retryable
├─ ReadOnly            the log is not what a witness saw: no writing  mend as it says
├─ WitnessUnavailable  a witness does not answer                      retryable
├─ Overtaken           somebody else is at the same work, further on  wait for that
├─ ReplicaBehind       a view has not come as far as asked            retryable
└─ Stopped             the ledger was closed while the command waited retryable, same key
"""


class PartitaError(Exception):
    """Anything that went wrong in the program or around it."""

    retryable = False


class Overloaded(PartitaError):
    """The ledger's queue is full. Nothing was taken in; try again a little later."""

    retryable = True


class StoreUnavailable(PartitaError):
    """The store cannot be reached. A command may or may not be in; its key will tell."""

    retryable = True


class NotFound(PartitaError):
    """A thing named in a question does not exist in this ledger."""


class Unstorable(PartitaError):
    """A value holds something that the store cannot, such as a NUL in a text."""


class DecisionFailed(PartitaError):
    """A business decision broke off with a defect of its own. Nothing was written of that command."""


class CorruptJournal(PartitaError):
    """What is stored contradicts itself; nothing more is written until a person has looked."""


class FormatUnavailable(PartitaError):
    """What a file format needs is not installed; the message names the extra."""


class StatementRefused(PartitaError):
    """An account statement cannot be made as it was asked for; the message says how to ask."""


class RestoreRefused(PartitaError):
    """Exported files cannot become a ledger here; the message says why."""


class SignerUnavailable(PartitaError):
    """The log's private key cannot be reached, or is not the one that this log signs by."""

    retryable = True


class ReadOnly(PartitaError):
    """The log is behind what a witness cosigned, or another one: nothing is written to it."""


class WitnessUnavailable(PartitaError):
    """A witness cannot be reached, or does not answer as one. The ledger goes on without it."""

    retryable = True


class Overtaken(PartitaError):
    """Somebody else began the same work since, and goes on with it."""


class ReplicaBehind(PartitaError):
    """A trailing view has not come as far as a reader asked for; it will have soon."""

    retryable = True

    def __init__(self, view: str, sequence: int, wanted: int, retry_seconds: float = 0.5) -> None:
        """The view stands at `sequence` and the reader wanted `wanted`."""
        super().__init__(
            f"the view {view!r} stands at sequence {sequence}, and {wanted} was asked for;"
            f" ask again in {retry_seconds:g} s, or without min_sequence"
        )
        self.view, self.sequence, self.wanted = view, sequence, wanted
        self.retry_seconds = retry_seconds


class SearchRefused(PartitaError):
    """What is looked for cannot be meant, or is more than may be looked for at once."""


class SearchTooSlow(PartitaError):
    """Looking took longer than a reader may keep the store busy."""

    retryable = True


class Stopped(PartitaError):
    """The ledger was closed before the command was decided; its key will tell."""

    retryable = True
