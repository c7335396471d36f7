"""Customers: tokens that wallets belong to. Made, listed, frozen with all their wallets, closed."""

import msgspec

from partita.engine.access import Scope
from partita.engine.wanting import Act
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CUSTOMER, CUSTOMER_PREFIX
from partita.modules.wallets.reading import Wanted, find
from partita.surfaces.http.call import Call
from partita.surfaces.http.matters import (
    Things,
    changed,
    identifier,
    kept,
    timeline,
)
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes import wallets as shapes
from partita.surfaces.http.shapes.ledgers import PlainQuery
from partita.surfaces.http.shapes.matters import MatterTimeline

_encode = msgspec.json.Encoder().encode
_TAG, _URL = "Customers", "/v1/customers"
_ONE = f"{_URL}/{{id:str}}"
THINGS = Things(CUSTOMER, CUSTOMER_PREFIX, _URL, "customer")
_WRITES = {
    "tag": _TAG, "reply": shapes.Customer, "scope": Scope.WRITE, "key": KeyRule.OPTIONAL,
}  # fmt: skip


async def _done(call: Call, act: Act, location: str | None = None) -> Reply:
    return await changed(call, act, shapes.customer, location)


def _id(call: Call) -> str:
    return identifier(call, THINGS)


@operation("POST", _URL, summary="Create a customer", status=201, request=shapes.CustomerRequest,
           codes=("invalid_metadata", "external_id_taken"),
           example={"kind": "person", "tier": "verified", "external_id": "crm-8812"}, **_WRITES)  # fmt: skip
async def create_customer(call: Call) -> Reply:
    """Make a customer."""
    return await _done(call, shapes.create_customer(call.body), _URL)


@operation("GET", _URL, tag=_TAG, summary="List customers", description="Newest first.",
           query=shapes.CustomerQuery, reply=shapes.CustomerList,
           codes=("invalid_cursor", "cursor_mismatch"))  # fmt: skip
async def list_customers(call: Call) -> Reply:
    """List customers by filters."""
    return Reply(200, await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> bytes:
    query: shapes.CustomerQuery = call.query
    status = None if query.status is None else query.status.value
    which = Wanted(CUSTOMER, status, external_id=query.external_id)
    found, has_more = wanted.cut(
        find(call.desk.store, call.info, which, wanted.number, wanted.limit + 1)
    )
    return _encode(
        shapes.CustomerList(
            data=[shapes.customer(each) for each in found],
            has_more=has_more,
            next_cursor=wanted.cursor(found[-1].number) if has_more else None,
            url=_URL,
        )
    )


@operation("GET", _ONE, tag=_TAG, summary="Get a customer", reply=shapes.Customer,
           codes=("not_found",))  # fmt: skip
async def get_customer(call: Call) -> Reply:
    """Get one customer."""
    matter = await call.read(kept, call, THINGS)
    return ok(shapes.customer(matter))


_CODES = ("not_found", "customer_not_found", "invalid_state")


@operation("POST", f"{_ONE}/freeze", summary="Freeze a customer",
           description="Stops all wallets, with those below them, in the same commit: by default"
           " nothing goes out, and money still comes in.",
           request=shapes.StopCustomerRequest, codes=(*_CODES, "limit_exceeded"),
           example={"reason": "an alert of our screening"}, **_WRITES)  # fmt: skip
async def freeze_customer(call: Call) -> Reply:
    """Freeze all wallets of a customer."""
    whose, body = _id(call), call.body
    return await _done(
        call, acts.FreezeCustomer(customer=whose, reason=body.reason, flow=body.flow)
    )


@operation("POST", f"{_ONE}/unfreeze", summary="Unfreeze a customer",
           description="What a wallet is frozen for by itself stays.",
           request=shapes.UnstopRequest, codes=(*_CODES, "limit_exceeded"),
           example={"reason": "cleared"}, **_WRITES)  # fmt: skip
async def unfreeze_customer(call: Call) -> Reply:
    """Lift a customer's freeze."""
    whose = _id(call)
    return await _done(call, acts.UnfreezeCustomer(customer=whose, reason=call.body.reason))


@operation("POST", f"{_ONE}/close", summary="Close a customer",
           description="With all wallets: they are empty, or are swept into the wallet `sweep_to`.",
           request=shapes.EndRequest, example={"reason": "moved away"},
           codes=(*_CODES, "wallet_not_empty", "wallet_not_found", "wallet_closed",
                  "account_frozen", "asset_not_in_wallet", "limit_exceeded"),
           **_WRITES | {"key": KeyRule.REQUIRED})  # fmt: skip
async def close_customer(call: Call) -> Reply:
    """Close a customer and all wallets."""
    whose, body = _id(call), call.body
    return await _done(
        call, acts.CloseCustomer(customer=whose, reason=body.reason, sweep_to=body.sweep_to)
    )


@operation("GET", f"{_ONE}/timeline", tag=_TAG, summary="List what happened to a customer",
           description="Oldest first.", query=PlainQuery, reply=MatterTimeline,
           codes=("not_found", "invalid_cursor", "cursor_mismatch"))  # fmt: skip
async def list_customer_timeline(call: Call) -> Reply:
    """List the steps of a customer's life."""
    return await timeline(call, THINGS)


OPERATIONS = (
    create_customer, list_customers, get_customer, freeze_customer, unfreeze_customer,
    close_customer, list_customer_timeline,
)  # fmt: skip
