"""Idempotency: one key, one wish, one answer, for ever.

A key counts within its ledger and its operation (`transactions`, `accounts`, …). Stores index
16 bytes of its hash; the key itself stands in the record. The fingerprint is the hash of the
command as parsed, so spelling and field order of a request do not matter.
"""

from hashlib import sha256

import msgspec

from partita.engine.outcome import Wish
from partita.engine.wanting import Act, Command
from partita.journal.keys import key_digest
from partita.journal.record import Cause
from partita.kernel import commands
from partita.kernel.commands import Bulk

# The hook is for moments, which are whole numbers of their own type.
_encode = msgspec.json.Encoder(order="deterministic", enc_hook=int).encode

OPERATIONS: dict[type, str] = {
    commands.OpenLedger: "ledgers",
    commands.RegisterAsset: "assets",
    commands.OpenAccount: "accounts",
    commands.FreezeAccount: "accounts/freeze",
    commands.UnfreezeAccount: "accounts/unfreeze",
    commands.CloseAccount: "accounts/close",
    commands.PostTransaction: "transactions",
    commands.ReverseTransaction: "transactions/reverse",
    commands.PendTransaction: "transactions",
    commands.EditTransaction: "transactions/edit",
    commands.SettleTransaction: "transactions/post",
    commands.ArchiveTransaction: "transactions/archive",
    commands.PlaceHold: "holds",
    commands.CaptureHold: "holds/capture",
    commands.IncrementHold: "holds/increment",
    commands.ReleaseHold: "holds/release",
    commands.ExtendHold: "holds/extend",
    commands.SaveDocument: "documents",
    commands.ArchiveDocument: "documents/archive",
    commands.SetLimit: "limits",
    commands.ArchiveLimit: "limits/archive",
    commands.OpenPeriod: "periods",
    commands.SoftClosePeriod: "periods/soft_close",
    commands.ReopenPeriod: "periods/reopen",
    commands.ClosePeriod: "periods/close",
    Bulk: "transactions/batch",
}
"""The operation that a key counts within, by the kind of command it came with."""


def wish(
    command: Command | Bulk,
    *,
    key: str | None = None,
    actor: str | None = None,
    request_id: str | None = None,
    is_dry: bool = False,
) -> Wish:
    """A command made ready for the writer, with its fingerprint and its key's digest.

    A dry run leaves its key unused.
    """
    if key is None or is_dry:
        return Wish(command, Cause(None, None, actor, request_id), None, is_dry)
    cause = Cause(key, fingerprint(command), actor, request_id)
    return Wish(command, cause, key_digest(operation_of(command), key))


def operation_of(command: Command | Bulk) -> str:
    """The operation that a key counts within, by the command it came with."""
    return command.operation if isinstance(command, Act) else OPERATIONS[type(command)]


def fingerprint(command: msgspec.Struct) -> str:
    """SHA-256, in hexadecimal, of what is asked: the command's fields in their order."""
    return sha256(_encode(command)).hexdigest()
