"""What each code of a rejection means in general, and how it is mended: one row each."""

from typing import NamedTuple

from partita.kernel.codes import Code


class Meaning(NamedTuple):
    """What a code says in general: one sentence of cause, one of mend."""

    title: str
    fix: str


MEANINGS: dict[Code, Meaning] = {
    Code.TOO_FEW_POSTINGS: Meaning(
        "A transaction needs at least two postings", "Add the leg on the other side."
    ),
    Code.TOO_MANY_POSTINGS: Meaning(
        "A transaction has at most 1,000 postings", "Split it into several transactions."
    ),
    Code.AMOUNT_OUT_OF_RANGE: Meaning(
        "An amount, or the running total it leads to, is outside 1 to 38 digits",
        "Send an amount of at least 1 minor unit, small enough for the account's totals.",
    ),
    Code.UNBALANCED_TRANSACTION: Meaning(
        "Debits and credits differ", "Make debits equal credits for each asset."
    ),
    Code.SAME_ACCOUNT: Meaning(
        "One account is both debited and credited",
        "Leave that account out, or net its postings to one side.",
    ),
    Code.LEDGER_EXISTS: Meaning(
        "The ledger has already been opened", "Use it, or choose another name."
    ),
    Code.ASSET_EXISTS: Meaning(
        "The asset is already known", "Use it as it is, or register another code."
    ),
    Code.ASSET_NOT_FOUND: Meaning(
        "The asset is not known in this ledger", "Register it first: POST /v1/assets."
    ),
    Code.PATH_TAKEN: Meaning(
        "An account is already open at this path", "Use that account, or choose another path."
    ),
    Code.EXTERNAL_ID_TAKEN: Meaning(
        "Another transaction carries this external_id",
        "Look that transaction up by its external_id, or send another external_id.",
    ),
    Code.TRANSACTION_NOT_FOUND: Meaning(
        "There is no such transaction in this ledger", "Look it up: GET /v1/transactions."
    ),
    Code.HOLD_NOT_FOUND: Meaning(
        "There is no such hold in this ledger", "Look it up: GET /v1/holds."
    ),
    Code.DOCUMENT_NOT_FOUND: Meaning(
        "There is no such document in this ledger", "Save it first, or mend its name."
    ),
    Code.DOCUMENT_UNCHANGED: Meaning(
        "The newest version says exactly this already", "Use that version as it is."
    ),
    Code.LIMIT_NOT_FOUND: Meaning(
        "There is no such limit in this ledger", "Look it up: GET /v1/limits."
    ),
    Code.PERIOD_NOT_FOUND: Meaning(
        "There is no such period in this ledger", "Look it up: GET /v1/periods."
    ),
    Code.PERIOD_OVERLAPS: Meaning(
        "A period would share moments, or its title, with another",
        "Begin it where the one before ends; the end of a period does not belong to it.",
    ),
    Code.ACCOUNT_NOT_FOUND: Meaning(
        "A posting names an account that is not open in this ledger",
        "Open it first (POST /v1/accounts), or mend the path. Then use a new Idempotency-Key.",
    ),
    Code.ASSET_MISMATCH: Meaning(
        "A posting's asset is not its account's",
        "Post the account's own asset, or another account.",
    ),
    Code.ACCOUNT_CLOSED: Meaning(
        "The account is closed", "Use another account; a closed one stays closed."
    ),
    Code.ACCOUNT_FROZEN: Meaning(
        "The account is frozen",
        "Unfreeze it (POST /v1/accounts/{id}/unfreeze), then use a new Idempotency-Key.",
    ),
    Code.ALREADY_REVERSED: Meaning(
        "All of the transaction was reversed before",
        "Nothing is left to reverse: see its reversed_by_ids.",
    ),
    Code.INVALID_STATE: Meaning(
        "Its status does not allow this", "Choose one of the allowed actions."
    ),
    Code.VERSION_CONFLICT: Meaning(
        "Somebody was faster: the version is not the one you named",
        "Read it again, decide again, and send the version that you saw with a new"
        " Idempotency-Key.",
    ),
    Code.INVALID_EXPIRY: Meaning(
        "A hold must expire later than now", "Send a moment in the future, or none at all."
    ),
    Code.CAPTURE_EXCEEDS_HOLD: Meaning(
        "More would be captured than the hold and its tolerance allow",
        "Capture at most what is capturable, or increment the hold first.",
    ),
    Code.RELEASE_EXCEEDS_HOLD: Meaning(
        "More would be released than is still held",
        "Release at most what remains, or name no amount to release all of it.",
    ),
    Code.REVERSAL_EXCEEDS_TRANSACTION: Meaning(
        "More of a leg would be reversed than is left of it",
        "Reverse at most what is left of each leg, or name no amounts to reverse all of it.",
    ),
    Code.ACCOUNT_NOT_EMPTY: Meaning(
        "The account still has a balance", "Move its balance away first, then close it."
    ),
    Code.INSUFFICIENT_FUNDS: Meaning(
        "The account would fall below its floor",
        "Fund the account, lower the amount, or authorise an overdraft."
        " Use a new Idempotency-Key for the next try.",
    ),
    Code.LIMIT_EXCEEDED: Meaning(
        "The account would rise above its ceiling",
        "Lower the amount, or pay into another account. Use a new Idempotency-Key.",
    ),
    Code.BALANCE_CONDITION_FAILED: Meaning(
        "A posting's if_balance would not hold afterwards",
        "Lower the amount or change the condition. Use a new Idempotency-Key for the next try.",
    ),
    Code.PERIOD_CLOSED: Meaning(
        "The transaction counts in a period that is not open",
        "Give it a moment in an open period, or say what becomes of it when late: `move` it"
        " there, or `adjust` a period that is softly closed.",
    ),
    Code.VELOCITY_EXCEEDED: Meaning(
        "More would be moved within the limit's window than it allows",
        "Wait until enough has left the window, lower the amount, or have the limit raised."
        " Use a new Idempotency-Key for the next try.",
    ),
    Code.MATTER_NOT_FOUND: Meaning(
        "There is no such thing in this ledger", "Look its id up in the list of its kind."
    ),
    Code.TITLE_TAKEN: Meaning(
        "Another of its kind has this name", "Use the one that is there, or choose another name."
    ),
    Code.CUSTOMER_NOT_FOUND: Meaning(
        "There is no such customer in this ledger", "Look it up: GET /v1/customers."
    ),
    Code.WALLET_NOT_FOUND: Meaning(
        "There is no such wallet in this ledger", "Look it up: GET /v1/wallets."
    ),
    Code.PAYMENT_NOT_FOUND: Meaning(
        "There is no such payment in this ledger",
        "Look it up in the list of its type, such as GET /v1/payments.",
    ),
    Code.QUOTE_NOT_FOUND: Meaning(
        "There is no such quote in this ledger", "Ask for a new one: POST /v1/fx_quotes."
    ),
    Code.RULE_NOT_FOUND: Meaning(
        "There is no such rule in this ledger", "Look it up: GET /v1/rules."
    ),
    Code.RAIL_NOT_FOUND: Meaning("There is no such rail here", "Choose one of GET /v1/rails."),
    Code.CHART_CONFLICT: Meaning(
        "The chart does not fit what is there",
        "Read the chart in force and the differences, then apply again.",
    ),
    Code.ACCOUNT_OUTSIDE_CHART: Meaning(
        "The chart of accounts has no such place",
        "Mend the path, or add a pattern for it to the chart.",
    ),
    Code.ASSET_NOT_IN_WALLET: Meaning(
        "The wallet does not hold this asset",
        "Use one of the wallet's assets, or add the asset to the wallet.",
    ),
    Code.WALLET_CLOSED: Meaning(
        "The wallet is closed", "Use another wallet; a closed one stays closed."
    ),
    Code.WALLET_NOT_EMPTY: Meaning(
        "The wallet, or one below it, still holds money",
        "Move it away first, or name a wallet to sweep it to.",
    ),
    Code.REASON_MISSING: Meaning("This needs a reason", "Say why, in `reason`."),
    Code.REFUND_EXCEEDS_CAPTURED: Meaning(
        "More would be given back than was captured",
        "Refund at most what was captured and not refunded yet.",
    ),
    Code.DISPUTE_EXCEEDS_CAPTURED: Meaning(
        "More would be disputed than was captured",
        "Dispute at most what was captured and not refunded yet.",
    ),
    Code.DEADLINE_PASSED: Meaning(
        "Its deadline is over", "Nothing can be done any more; see its timeline."
    ),
    Code.QUOTE_EXPIRED: Meaning(
        "The quote is not good any more", "Ask for a new quote, with a new Idempotency-Key."
    ),
    Code.RATE_INVALID: Meaning(
        "A rate, its pair, its day, its provider or the policy of exchange makes no sense",
        "Write a rate like 1.0389, a pair like EUR/USD, a day like 2024-12-31.",
    ),
    Code.RATE_MISSING: Meaning(
        "There is no rate for this pair at that moment",
        "Use a moment that has a rate, or enter one: POST /v1/fx_rates.",
    ),
    Code.RATE_MOVED: Meaning(
        "The rate is not the one that you expected", "Look at the rate again and decide again."
    ),
    Code.RULE_DENIED: Meaning(
        "A rule of this ledger denies it",
        "See the rule that is named; use a new Idempotency-Key for another try.",
    ),
    Code.RULE_FAILED: Meaning(
        "A rule of this ledger could not be worked out, and says that the payment fails then",
        "Mend the rule that is named, then use a new Idempotency-Key.",
    ),
    Code.RULE_NOT_BACKTESTED: Meaning(
        "The rule was not tried on history yet",
        "Backtest this version first, or say that it goes without.",
    ),
    Code.RAIL_REJECTED: Meaning(
        "The rail refused it",
        "See the rail's own code, mend what it is about, and make a new payment.",
    ),
    Code.SAGA_NOT_FOUND: Meaning(
        "There is no such saga in this ledger", "Look it up: GET /v1/sagas."
    ),
    Code.SAGA_INVALID: Meaning(
        "There is no such flow, or it was given what it does not need",
        "Start one of GET /v1/saga_flows, with the arguments that it lists.",
    ),
    Code.WEBHOOK_INVALID: Meaning(
        "The address or the types of a webhook endpoint cannot be used",
        "Name an https URL without user, password or fragment, and types like payment.settled.",
    ),
    Code.SINK_INVALID: Meaning(
        "The place, the channel or the types of a sink cannot be used",
        "Name a broker that the operator allows (PARTITA_SINK_HOSTS), or a plain file name.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Meaning(
        "This Idempotency-Key was used before with another body",
        "Send the first body again to see its answer, or use a new key for a new wish.",
    ),
}
"""The cause and the mend of each code; complete by test."""
