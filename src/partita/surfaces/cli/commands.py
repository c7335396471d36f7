"""The table of verbs: name, where it is written, one sentence. Nothing here loads a verb.

A verb's module is imported when it is called, so that each pays only for what it needs.
"""

from typing import NamedTuple


class Command(NamedTuple):
    """One verb of the command line; `target` is `module:function` (or an app of sub-commands)."""

    name: str
    target: str
    sentence: str


class Chapter(NamedTuple):
    """Verbs that belong together."""

    title: str
    commands: tuple[Command, ...]


CHAPTERS = (
    Chapter(
        "Run",
        (
            Command("serve", "partita.surfaces.cli.serve:serve", "Serve the HTTP interface."),
            Command(
                "work",
                "partita.surfaces.cli.work:work",
                "Keep up views, webhooks, sinks, exports.",
            ),
            Command(
                "demo", "partita.surfaces.cli.demo:demo", "Serve a small seeded ledger to try."
            ),
            Command(
                "migrate",
                "partita.surfaces.cli.migrate:migrate",
                "Bring the database's schema up to date.",
            ),
            Command(
                "doctor", "partita.surfaces.cli.doctor:doctor", "Look for what could be wrong."
            ),
            Command(
                "scenario",
                "partita.surfaces.cli.scenario:app",
                "Live a made-up month, and see that everything ties.",
            ),
            Command("bench", "partita.surfaces.cli.bench:bench", "Measure this machine."),
        ),
    ),
    Chapter(
        "Keep books",
        (
            Command("post", "partita.surfaces.cli.post:post", "Post a transaction."),
            Command(
                "accounts",
                "partita.surfaces.cli.accounts:app",
                "List, show, open, change accounts.",
            ),
            Command(
                "customers",
                "partita.surfaces.cli.customers:app",
                "Make, freeze and close customers.",
            ),
            Command(
                "wallets",
                "partita.surfaces.cli.wallets:app",
                "Make, freeze, close wallets; see what they hold.",
            ),
            Command(
                "loyalty",
                "partita.surfaces.cli.loyalty:app",
                "Points and vouchers: grant, list, spend.",
            ),
            Command(
                "transactions",
                "partita.surfaces.cli.transactions:app",
                "List, show, edit, settle, reverse transactions.",
            ),
            Command(
                "rails",
                "partita.surfaces.cli.rails:app",
                "See rails and their messages, enable, disable, run, simulate.",
            ),
            Command(
                "holds",
                "partita.surfaces.cli.holds:app",
                "Place, capture, release, list holds.",
            ),
            Command(
                "limits",
                "partita.surfaces.cli.limits:app",
                "Set velocity limits; see who is near.",
            ),
            Command(
                "periods",
                "partita.surfaces.cli.periods:app",
                "Open, close and reopen accounting periods.",
            ),
            Command(
                "rules",
                "partita.surfaces.cli.rules:app",
                "Save, try and put in force what payments cost.",
            ),
            Command(
                "settlements",
                "partita.surfaces.cli.settlements:app",
                "Settle merchants: plans, batches, statements.",
            ),
            Command(
                "sinks",
                "partita.surfaces.cli.sinks:app",
                "Let events go to a broker or a file.",
            ),
            Command(
                "templates",
                "partita.surfaces.cli.templates:app",
                "Save, render and post by templates.",
            ),
            Command(
                "chart",
                "partita.surfaces.cli.chart:app",
                "Show, check, compare and apply the chart of accounts.",
            ),
            Command(
                "fx",
                "partita.surfaces.cli.fx:app",
                "Exchange: rates, quotes, conversions, positions.",
            ),
            Command(
                "balances",
                "partita.surfaces.cli.balances:app",
                "Print balances: now, in any past, as a history.",
            ),
            Command(
                "float",
                "partita.surfaces.cli.float:show_float",
                "Show what customers hold against what there is.",
            ),
            Command(
                "search",
                "partita.surfaces.cli.search:search_transactions",
                "Search transactions by words, amounts, metadata and the like.",
            ),
            Command(
                "volumes",
                "partita.surfaces.cli.volumes:show_volumes",
                "Show what was moved day by day, and the fees.",
            ),
            Command(
                "movers",
                "partita.surfaces.cli.volumes:show_movers",
                "Show the accounts that moved most.",
            ),
            Command(
                "reports",
                "partita.surfaces.cli.reports:reports",
                "Print a trial balance, a balance sheet and the like.",
            ),
            Command(
                "statements",
                "partita.surfaces.cli.statements:app",
                "Issue, list and save account statements.",
            ),
            Command(
                "sagas",
                "partita.surfaces.cli.sagas:app",
                "Start flows of several steps; see which are stuck.",
            ),
            Command(
                "ledgers",
                "partita.surfaces.cli.ledgers:app",
                "List ledgers; transfer between two of them.",
            ),
            Command(
                "import",
                "partita.surfaces.cli.import_file:import_file",
                "Import a CSV file by a profile.",
            ),
        ),
    ),
    Chapter(
        "Move money",
        (
            Command(
                "transfers",
                "partita.surfaces.cli.payments:transfers",
                "Move money between wallets: at once, scheduled, taken back.",
            ),
            Command(
                "deposits",
                "partita.surfaces.cli.payments:deposits",
                "Take in what came by a rail: held, in suspense, returned.",
            ),
            Command(
                "withdrawals",
                "partita.surfaces.cli.payments:withdrawals",
                "Send money out by a rail, and follow it there.",
            ),
            Command(
                "payments",
                "partita.surfaces.cli.payments:payments",
                "Authorise, capture, cancel payments.",
            ),
            Command(
                "refunds",
                "partita.surfaces.cli.payments:refunds",
                "Give back what was captured.",
            ),
            Command(
                "disputes",
                "partita.surfaces.cli.payments:disputes",
                "Contest payments, stage by stage.",
            ),
            Command(
                "fees",
                "partita.surfaces.cli.payments:fees",
                "Charge fees.",
            ),
            Command(
                "taxes",
                "partita.surfaces.cli.payments:taxes",
                "Take taxes.",
            ),
            Command(
                "rewards",
                "partita.surfaces.cli.payments:rewards",
                "Give rewards.",
            ),
            Command(
                "adjustments",
                "partita.surfaces.cli.payments:adjustments",
                "Correct the books, each with its reason.",
            ),
        ),
    ),
    Chapter(
        "Follow",
        (
            Command(
                "events",
                "partita.surfaces.cli.events:app",
                "Read the event feed, and follow it.",
            ),
            Command(
                "webhooks",
                "partita.surfaces.cli.webhooks:app",
                "Bring events to others; see what arrived, send it again.",
            ),
            Command(
                "listen",
                "partita.surfaces.cli.listen:listen",
                "Forward events to an address of yours.",
            ),
            Command(
                "schemas",
                "partita.surfaces.cli.schemas:app",
                "List, show, check the schemas of events.",
            ),
            Command(
                "trigger",
                "partita.surfaces.cli.trigger:trigger",
                "Have an event happen in a sandbox.",
            ),
        ),
    ),
    Chapter(
        "Prove and keep",
        (
            Command(
                "verify",
                "partita.surfaces.cli.verify:verify",
                "Recompute everything from the journal.",
            ),
            Command(
                "liabilities",
                "partita.surfaces.cli.liabilities:app",
                "Prove what is owed to customers; verify a proof.",
            ),
            Command(
                "receipt",
                "partita.surfaces.cli.receipt:receipt",
                "Print a record's proof file, for a customer.",
            ),
            Command(
                "log",
                "partita.surfaces.cli.log:app",
                "See what the log has signed, sign, and check.",
            ),
            Command("export", "partita.surfaces.cli.export:app", "Write the journal to files."),
            Command(
                "views",
                "partita.surfaces.cli.views:views",
                "Show how far each view has come, and its lag.",
            ),
            Command(
                "lists",
                "partita.surfaces.cli.lists:app",
                "Write any list to a file: CSV, NDJSON, Parquet, XLSX.",
            ),
            Command(
                "exports",
                "partita.surfaces.cli.exports:app",
                "Have the worker write a list to a file; fetch it.",
            ),
            Command("jobs", "partita.surfaces.cli.jobs:app", "See and cancel what takes long."),
            Command(
                "rebuild",
                "partita.surfaces.cli.rebuild:rebuild",
                "Drop a view, rebuild it from the journal, compare.",
            ),
            Command(
                "restore",
                "partita.surfaces.cli.restore:restore",
                "Bring a ledger back out of an exported journal.",
            ),
            Command("keys", "partita.surfaces.cli.keys:app", "Create, list, revoke API keys."),
            Command(
                "witness",
                "partita.surfaces.cli.witness:witness",
                "Cosign other ledgers' logs, as long as they only grow.",
            ),
        ),
    ),
    Chapter(
        "Learn",
        (
            Command(
                "explain",
                "partita.surfaces.cli.explain:explain",
                "Say what an error code means and how to mend it.",
            ),
            Command(
                "completion",
                "partita.surfaces.cli.completion:completion",
                "Let the shell complete these words.",
            ),
        ),
    ),
)
COMMANDS = tuple(command for chapter in CHAPTERS for command in chapter.commands)


def overview() -> str:
    """All verbs, as help prints them."""
    lines = ["usage: partita VERB [arguments]     (partita VERB --help says more)"]
    for chapter in CHAPTERS:
        lines += ["", chapter.title]
        lines += [f"  {command.name:<14}{command.sentence}" for command in chapter.commands]
    lines += [
        "",
        "Everywhere: --data DIR (or PARTITA_DATA, else ./partita-data), or --database URL (or",
        "PARTITA_DATABASE_URL); --json for programs. Data goes to stdout, talk to stderr. Exit",
        "status: 0 done, 1 failed, 2 usage, 3 try again, 4 not allowed.",
    ]
    return "\n".join(lines)
