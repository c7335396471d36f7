"""The library: the engine inside a program, with the same answers as every other face."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import partita
from partita.engine.errors import NotFound
from partita.engine.idempotency import wish
from partita.engine.outcome import Accepted
from partita.journal.receipts import check_receipt
from partita.kernel.account import Constraints
from partita.kernel.commands import Bulk, FreezeAccount, PostTransaction, ReleaseHold
from partita.kernel.events import HoldCaptured, TransactionPosted, TransactionReversed
from partita.kernel.holds import HoldStatus
from partita.kernel.moment import Moment
from partita.kernel.pending import TransactionStatus
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code
from partita.kernel.velocity_limits import Window, WindowKind
from partita.modules.liabilities.customer import Expected, check_proof
from partita.modules.reports.making import Asked
from partita.modules.reports.report import Kind
from partita.modules.templates.errors import (
    TemplateArchived,
    TemplateInvalid,
    TemplateNotFound,
)
from partita.surfaces.library import LibraryLedger, Rejected, credit, debit


@pytest_asyncio.fixture
async def ledger() -> AsyncIterator[LibraryLedger]:
    async with partita.open(memory=True) as opened:
        await opened.open_account("cash", "USD", "asset")
        await opened.open_account(
            "customers:alice", "USD", "liability", constraints=Constraints(min_available=0)
        )
        yield opened


async def test_posting_moves_the_balance_on_the_normal_side(ledger: LibraryLedger) -> None:
    await ledger.post(debit("cash", "500", "USD"), credit("customers:alice", "500", "USD"))
    assert (await ledger.balance("customers:alice")).available == 500
    assert (await ledger.balance("cash")).posted == 500


async def test_the_same_key_moves_money_once(ledger: LibraryLedger) -> None:
    legs = (debit("cash", 500, "USD"), credit("customers:alice", 500, "USD"))
    first = await ledger.post(*legs, key="order-1")
    again = await ledger.post(*legs, key="order-1")
    assert first == again
    assert (await ledger.balance("cash")).posted == 500


async def test_the_same_key_with_another_wish_is_refused(ledger: LibraryLedger) -> None:
    await ledger.post(debit("cash", 5, "USD"), credit("customers:alice", 5, "USD"), key="k")
    with pytest.raises(Rejected) as refused:
        await ledger.post(debit("cash", 6, "USD"), credit("customers:alice", 6, "USD"), key="k")
    assert refused.value.rejection.code is Code.IDEMPOTENCY_KEY_REUSED


async def test_a_rejection_says_how_to_mend_it(ledger: LibraryLedger) -> None:
    with pytest.raises(Rejected, match=r"insufficient_funds.*Fund the account"):
        await ledger.post(debit("customers:alice", 1, "USD"), credit("cash", 1, "USD"))


async def test_past_balances_can_be_asked_for(ledger: LibraryLedger) -> None:
    first = await ledger.post(debit("cash", 5, "USD"), credit("customers:alice", 5, "USD"))
    await ledger.post(debit("cash", 7, "USD"), credit("customers:alice", 7, "USD"))
    past = await ledger.balance("customers:alice", as_of_sequence=first.sequence)
    assert past.posted == 5


async def test_concurrent_posts_all_arrive(ledger: LibraryLedger) -> None:
    legs = (debit("cash", 1, "USD"), credit("customers:alice", 1, "USD"))
    await asyncio.gather(*(ledger.post(*legs, key=f"k{n}") for n in range(300)))
    assert (await ledger.balance("cash")).posted == 300


async def test_many_wishes_have_an_outcome_each(ledger: LibraryLedger) -> None:
    legs = (debit("cash", 1, "USD"), credit("customers:alice", 1, "USD"))
    wishes = [wish(PostTransaction(legs), key=f"many-{n}") for n in range(50)]
    outcomes = await ledger.submit_many(wishes)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)


async def test_whoever_stops_waiting_does_not_stop_the_others(ledger: LibraryLedger) -> None:
    legs = (debit("cash", 1, "USD"), credit("customers:alice", 1, "USD"))
    impatient = asyncio.create_task(ledger.post(*legs, key="impatient"))
    await asyncio.sleep(0)
    impatient.cancel()
    await ledger.post(*legs, key="patient")
    await ledger.post(*legs, key="impatient")
    assert (await ledger.balance("cash")).posted == 2


@pytest.mark.parametrize("amount", [1.5, True, None])
async def test_an_amount_is_never_a_float(amount: object) -> None:
    with pytest.raises(TypeError):
        debit("cash", amount, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "details",
    [
        {"external_id": "a\0b"},
        {"external_id": ""},
        {"type": "Transfer of money"},
        {"metadata": {"a[b]": "c"}},
        {"metadata": {"a": "\ud800"}},
        {"metadata": {"a": "x" * 501}},
        {"metadata": {str(n): "" for n in range(51)}},
    ],
)
async def test_details_keep_their_limits(ledger: LibraryLedger, details: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"type|external_id|metadata"):
        await ledger.post(debit("cash", 1, "USD"), credit("customers:alice", 1, "USD"), **details)
    assert (await ledger.balance("cash")).posted == 0


async def test_an_unknown_account_is_not_found(ledger: LibraryLedger) -> None:
    with pytest.raises(NotFound, match="no account 'nobody'"):
        await ledger.balance("nobody")


async def test_a_data_folder_keeps_the_books(server_folder: Path) -> None:
    legs = (debit("cash", "500", "USD"), credit("sales", "500", "USD"))
    async with partita.open(server_folder) as ledger:
        await ledger.open_account("cash", "USD", "asset")
        await ledger.open_account("sales", "USD", "income")
        await ledger.post(*legs, key="first")
    async with partita.open(server_folder) as ledger:
        await ledger.post(*legs, key="first")
        assert (await ledger.balance("cash")).posted == 500


async def test_liabilities_are_proved_and_checked(ledger: LibraryLedger) -> None:
    await ledger.post(debit("cash", "500", "USD"), credit("customers:alice", "500", "USD"))
    root = await ledger.prove_liabilities("USD", key="q4")
    assert root == await ledger.prove_liabilities("USD", key="q4")
    assert [root] == await ledger.liability_roots()
    proof = await ledger.liability_proof("customers:alice")
    assert proof.path == (await ledger.liability_proof("customers:alice", root.id)).path
    shown = check_proof(proof, Expected("customers:alice", root.root.root, root.root.epoch))
    assert (shown.balance, shown.root.total) == (500, 500)
    with pytest.raises(Rejected):
        await ledger.prove_liabilities("USD", "customers:alice", key="q4")


async def test_a_record_has_a_receipt_and_proofs(ledger: LibraryLedger) -> None:
    record = await ledger.post(debit("cash", 5, "USD"), credit("customers:alice", 5, "USD"))
    checkpoint = await ledger.checkpoint()
    assert checkpoint is not None
    assert checkpoint.size == record.sequence
    receipt = await ledger.receipt(record)
    assert receipt == await ledger.receipt(record.event.id) == await ledger.receipt(record.sequence)
    assert check_receipt(receipt, [await ledger.verifier_key()])
    inclusion = await ledger.inclusion(record.sequence)
    assert inclusion is not None
    assert inclusion.proof.holds(record.leaf)
    consistency = await ledger.consistency(1, record.sequence)
    assert consistency.growth.new_root == checkpoint.root
    with pytest.raises(NotFound):
        await ledger.receipt(999)


FEE = {
    "name": "fee",
    "parameters": {"price": {"type": "amount", "asset": "USD"}},
    "postings": [{"debit": "cash", "credit": "customers:alice", "amount": "price"}],
}


async def test_templates_are_saved_rendered_posted_and_archived(ledger: LibraryLedger) -> None:
    saved = await ledger.save_template(FEE)
    assert (saved.title, saved.version) == ("fee", 1)
    assert await ledger.save_template(FEE) == saved
    command = await ledger.render_template("fee", {"price": 500})
    assert command.postings == (debit("cash", 500, "USD"), credit("customers:alice", 500, "USD"))
    first = await ledger.post_template("fee", {"price": "500"}, key="k-1")
    assert (await ledger.save_template(FEE | {"type": "deposit"})).version == 2
    assert (await ledger.post_template("fee", {"price": 500}, key="k-1")).event == first.event
    second = await ledger.post_template("fee", {"price": 500})
    assert isinstance(second.event, TransactionPosted)
    assert (second.event.type, second.event.metadata["template_version"]) == ("deposit", "2")
    assert (await ledger.balance("cash")).posted == 1000
    await ledger.archive_template("fee")
    with pytest.raises(TemplateArchived):
        await ledger.post_template("fee", {"price": 500})


async def test_a_template_comes_from_a_file_and_a_wrong_one_is_raised(
    ledger: LibraryLedger, tmp_path: Path
) -> None:
    file = tmp_path / "fee.json"
    file.write_text(json.dumps(FEE))
    assert (await ledger.save_template(file)).version == 1
    with pytest.raises(TemplateInvalid, match="/postings"):
        await ledger.save_template(FEE | {"postings": []})
    with pytest.raises(Rejected, match="document_not_found"):
        await ledger.archive_template("nothing")
    with pytest.raises(TemplateNotFound):
        await ledger.render_template("nothing", {})


async def test_reports_are_made_of_the_same_books(ledger: LibraryLedger) -> None:
    await ledger.post(debit("cash", "500", "USD"), credit("customers:alice", "500", "USD"))
    report = await ledger.report(Asked(kind=Kind.BALANCE_SHEET))
    assert [block.lines[-1].amounts for block in report.blocks] == [(500,)]


async def test_balances_on_both_axes_and_what_went_through(ledger: LibraryLedger) -> None:
    def legs(amount: int) -> tuple[Posting, Posting]:
        return debit("cash", amount, "USD"), credit("customers:alice", amount, "USD")

    noon = Moment.parse("2026-03-28T12:00:00Z")
    first = await ledger.post(*legs(500), effective_at=noon)
    late = await ledger.post(*legs(7), effective_at=noon)
    await ledger.post(*legs(30), effective_at=Moment(noon + 86_400_000_000))
    asked = ledger.balance
    assert (await asked("cash", effective_at=noon)).posted == 507
    assert (await asked("cash", effective_at=Moment(noon - 1))).posted == 0
    assert (await asked("cash", effective_at=noon, as_of_sequence=first.sequence)).posted == 500
    assert (await asked("cash", effective_at=noon, known_at=late.recorded_at)).posted == 507
    with pytest.raises(ValueError, match="two answers"):
        await asked("cash", known_at=noon, as_of_sequence=3)
    end = Moment(noon + 86_400_000_000)
    flow = await ledger.balance_difference("customers:alice", noon, end, basis="effective")
    assert (flow.opening, flow.inflow, flow.outflow, flow.closing) == (0, 507, 0, 507)
    days = await ledger.balance_history(
        "cash", noon, Moment(end + 1), timezone="Europe/Prague", basis="effective"
    )
    assert [(day.inflow, day.closing) for day in days] == [(507, 507), (30, 537)]
    with pytest.raises(NotFound):
        await ledger.balance_difference("nobody", noon, end)


async def test_a_hold_from_a_program(ledger: LibraryLedger) -> None:
    await ledger.open_account("inn", "USD", "liability")
    await ledger.post(debit("cash", 500, "USD"), credit("customers:alice", 500, "USD"))
    hold = await ledger.hold("customers:alice", 300, "USD", external_id="room 12")
    found = await ledger.balance("customers:alice")
    assert (found.posted, found.held, found.available) == (500, 300, 200)
    assert (await ledger.increment(hold, 50)).remaining == 350
    record = await ledger.capture(hold, to="inn", amount=100, type="stay", key="capture-1")
    assert record == await ledger.capture(hold, to="inn", amount=100, type="stay", key="capture-1")
    split = await ledger.capture(hold.id, credit("inn", 40, "USD"), credit("cash", 10, "USD"))
    assert isinstance(split.event, HoldCaptured)
    assert split.event.hold.remaining == 200
    later = Moment.parse("2099-01-01T00:00:00Z")
    assert (await ledger.extend(hold, later)).expires_at == later
    assert (await ledger.release(hold, 20, reason="less")).remaining == 180
    assert (await ledger.release(hold)).status is HoldStatus.CAPTURED
    with pytest.raises(Rejected, match="invalid_state"):
        await ledger.release(hold)
    for wrong in ({}, {"to": "inn", "amount": 1.5}, {"to": "inn", "amount": "-1"}):
        with pytest.raises((ValueError, TypeError)):
            await ledger.capture(hold, **wrong)  # type: ignore[arg-type]


async def test_a_pending_transaction_from_a_program(ledger: LibraryLedger) -> None:
    legs = debit("cash", 500, "USD"), credit("customers:alice", 500, "USD")
    pending = await ledger.pend(*legs, external_id="inv-1")
    edited = await ledger.edit(
        pending, debit("cash", 400, "USD"), credit("customers:alice", 400, "USD")
    )
    assert (edited.version, edited.legs[0].amount) == (2, 400)
    with pytest.raises(Rejected, match="version_conflict"):
        await ledger.settle(pending)  # as it was when it was seen
    settled = await ledger.settle(edited)
    assert settled.status is TransactionStatus.POSTED
    archived = await ledger.archive(await ledger.pend(*legs), reason="withdrawn")
    assert archived.status is TransactionStatus.ARCHIVED
    assert (await ledger.balance("cash")).posted == 400
    back = await ledger.reverse(settled, {0: 100, 1: "100"}, reason="a part")
    rest = await ledger.reverse(settled.id)
    assert [back.event.id, rest.event.id] == list(rest.event.transaction.reversed_by)  # type: ignore[union-attr]
    with pytest.raises(Rejected, match="already_reversed"):
        await ledger.reverse(settled)


async def test_a_reversal_takes_a_record(ledger: LibraryLedger) -> None:
    record = await ledger.post(debit("cash", 5, "USD"), credit("customers:alice", 5, "USD"))
    await ledger.reverse(record)
    assert (await ledger.balance("cash")).posted == 0


async def test_conditions_are_judged_in_the_commit(ledger: LibraryLedger) -> None:
    record = await ledger.post(debit("cash", 500, "USD"), credit("customers:alice", 500, "USD"))
    seen = record.event.entries[1].version  # type: ignore[union-attr]
    floor = {"available": {"gte": "100", "lte": 10**9}, "posted": {"gt": -5}}
    taken = debit("customers:alice", 400, "USD", if_version=seen, if_balance=floor)
    await ledger.post(taken, credit("cash", 400, "USD"))
    with pytest.raises(Rejected, match="version_conflict"):
        await ledger.post(taken, credit("cash", 400, "USD"))
    with pytest.raises(Rejected, match="balance_condition_failed"):
        await ledger.post(
            debit("customers:alice", 1, "USD", if_balance=floor), credit("cash", 1, "USD")
        )
    for wrong in ({"held": {"gte": 1}}, {"posted": {"ge": 1}}, {"posted": {"gte": "x"}}):
        with pytest.raises(ValueError, match=r"\w"):
            debit("cash", 1, "USD", if_balance=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no conditions"):
        await ledger.pend(taken, credit("cash", 400, "USD"))


async def test_a_dry_run_writes_nothing_and_leaves_the_key(ledger: LibraryLedger) -> None:
    legs = debit("cash", 5, "USD"), credit("customers:alice", 5, "USD")
    tried = await ledger.post(*legs, key="k", dry_run=True)
    assert (await ledger.balance("cash")).posted == 0
    real = await ledger.post(*legs, key="k")
    assert real.event.entries == tried.event.entries  # type: ignore[union-attr]
    assert real.sequence == tried.sequence
    with pytest.raises(Rejected, match="insufficient_funds"):
        await ledger.hold("customers:alice", 6, "USD", dry_run=True)
    assert (await ledger.hold("customers:alice", 5, "USD", dry_run=True)).remaining == 5
    assert (await ledger.balance("customers:alice")).held == 0


@pytest.mark.parametrize(
    "command",
    [
        PostTransaction((), type="Not a type"),
        PostTransaction((), external_id="\n"),
        PostTransaction((debit("a\0b", 1, "USD"),)),
        PostTransaction((), metadata={"a": "\ud800"}),
        FreezeAccount("cash", "\0"),
        ReleaseHold("", 1),
        Bulk((PostTransaction((), external_id=""),), atomic=True),
    ],
)
async def test_a_text_that_no_journal_could_keep_is_no_command(
    command: Any, ledger: LibraryLedger
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        await ledger.submit(command)


async def test_a_limit_is_set_neared_and_archived(ledger: LibraryLedger) -> None:
    limit = await ledger.set_limit("daily", "USD", "day", account="**", flow="in", max_amount=100)
    assert (await ledger.limits()) == [limit]
    legs = debit("cash", 90, "USD"), credit("customers:alice", 90, "USD")
    await ledger.post(*legs)
    with pytest.raises(Rejected) as refused:
        await ledger.post(*legs)
    assert refused.value.rejection.code is Code.VELOCITY_EXCEEDED
    near = await ledger.near_limit(limit, percent=80)
    assert [(each.subject, each.percent) for each in near] == [
        ("cash", 90), ("customers:alice", 90),
    ]  # fmt: skip
    assert (await ledger.archive_limit(limit, dry_run=True)).allowed_actions == ()
    assert (await ledger.limits()) == [limit]
    await ledger.archive_limit("daily")
    await ledger.post(*legs)
    hour = Window(WindowKind.ROLLING, 3_600)
    await ledger.set_limit("card", "USD", hour, each_value_of="card", max_count=1)
    for wrong in ({}, {"account": "a", "each_value_of": "b"}, {"account": "a"}):
        with pytest.raises(ValueError, match="a limit"):
            await ledger.set_limit("x", "USD", hour, **wrong)


async def test_a_period_is_closed_and_what_is_late_goes_behind_it(ledger: LibraryLedger) -> None:
    begins_at, ends_at = Moment.parse("2026-10-01T00:00:00Z"), Moment.parse("2026-11-01T00:00:00Z")
    period = await ledger.open_period("2026-10", begins_at, ends_at)
    legs = debit("cash", 1, "USD"), credit("customers:alice", 1, "USD")
    await ledger.soft_close_period(period, reason="figures sent")
    adjusted = await ledger.post(*legs, effective_at=begins_at, late="adjust")
    assert isinstance(adjusted.event, TransactionPosted)
    assert adjusted.event.effective_at == begins_at
    await ledger.reopen_period("2026-10")
    closed = await ledger.close_period(period.id)
    assert await ledger.periods("closed") == await ledger.periods() == [closed]
    with pytest.raises(Rejected) as refused:
        await ledger.post(*legs, effective_at=begins_at)
    assert refused.value.rejection.code is Code.PERIOD_CLOSED
    moved = await ledger.reverse(adjusted, effective_at=begins_at, late="move")
    assert isinstance(moved.event, TransactionReversed)
    assert moved.event.effective_at == ends_at
    with pytest.raises(ValueError, match="would begin"):
        await ledger.open_period("x", ends_at, begins_at)


async def test_money_goes_to_another_ledger(ledger: LibraryLedger) -> None:
    application = ledger._application
    other = LibraryLedger(application, application.open_ledger("other"))
    await other.open_account("customers:alice", "USD", "liability")
    sent = await ledger.transfer_to_ledger("other", "cash", "customers:alice", 500, "USD", key="k")
    assert await ledger.ledger_transfer(sent.id) == sent
    assert (await other.ledger_transfer(sent.id)).terms == sent.terms
    assert (await other.balance("customers:alice")).posted == 500
    assert (await ledger.balance("cash")).posted == 500, "a debit, as of any payer"
    with pytest.raises(Rejected):
        await ledger.transfer_to_ledger("other", "nobody", "customers:alice", 500, "USD")


async def test_a_saga_is_started_and_run_and_given_up(ledger: LibraryLedger) -> None:
    asked = {
        "payer": "customers:alice", "merchant": "cash", "asset": "USD", "amount": "500",
        "rail": "book", "end_to_end_id": "order-7",
    }  # fmt: skip
    started = await ledger.start_saga("collect_and_pay", asked, key="k")
    assert await ledger.start_saga("collect_and_pay", asked, key="k") == started
    assert await ledger.run_processes() > 0
    waiting = await ledger.saga(started.id)
    assert waiting.step.status.value == "waiting"
    assert await ledger.sagas(status="running") == [waiting]
    assert await ledger.sagas(overdue=True) == []
    retried = await ledger.retry_saga(waiting, reason="to see")
    assert retried.version == waiting.version + 1
    over = await ledger.compensate_saga(started.id, reason="the customer left")
    assert over.status.value == "compensated"
    with pytest.raises(Rejected):
        await ledger.resolve_saga(over, "by hand")
    with pytest.raises(Rejected):
        await ledger.start_saga("no_such", {})
    with pytest.raises(NotFound):
        await ledger.saga("sag_1")
