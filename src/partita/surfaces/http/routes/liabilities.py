"""Proofs of liabilities: seal a root over customers' accounts, and hand out each account's proof."""

import msgspec

from partita.engine.access import Scope
from partita.engine.outcome import Accepted, Refused
from partita.journal.record import Cause
from partita.modules.liabilities.customer import LiabilityProof
from partita.modules.liabilities.proving import Liabilities, ProveLiabilities, SealedRoot
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import KeyRule, operation
from partita.surfaces.http.paging import Page, page
from partita.surfaces.http.refusal import Refusal, of_rejection
from partita.surfaces.http.reply import Reply, ok, written
from partita.surfaces.http.shapes import liabilities as shapes

_encode = msgspec.json.Encoder().encode
_URL = "/v1/audit/proofs/liabilities"
_ONE = f"{_URL}/{{id:str}}"


@operation(
    "POST", _URL, tag="Audit", summary="Seal a root of liabilities", status=201,
    description="Reads every account that counts as of now, and seals the root of the tree over"
    " them in the journal. Takes about ten seconds for a million accounts. It shows what is owed,"
    " not that it can be paid.",
    request=shapes.LiabilityRequest, reply=shapes.LiabilityRoot,
    scope=Scope.WRITE, key=KeyRule.REQUIRED, codes=("not_found",),
    example={"asset": "USD", "prefix": "customers"},
    can_be_dry=False,  # the tree is kept beside the journal
)  # fmt: skip
async def prove_liabilities(call: Call) -> Reply:
    """Plant a tree and seal its root."""
    return await call.read(_prove, call, shapes.wanted(call.body))


def _prove(call: Call, wanted: ProveLiabilities) -> Reply:
    actor = None if call.api_key is None else call.api_key.id
    liabilities = _liabilities(call)
    outcome = liabilities.prove(wanted, Cause(call.key, None, actor, call.request_id))
    if isinstance(outcome, Refused):
        raise of_rejection(outcome.rejection, replayed=outcome.replayed)
    assert isinstance(outcome, Accepted), "a single command has a single answer"
    shape = _shape(call, liabilities.sealed(outcome.record))
    location = f"{_URL}/{shape.id}"
    record, replayed = outcome.record, outcome.replayed
    return written(201, _encode(shape), record, replayed=replayed, location=location)


def _liabilities(call: Call) -> Liabilities:
    return call.desk.application.liabilities(call.opened.ledger)


def _shape(call: Call, sealed: SealedRoot) -> shapes.LiabilityRoot:
    scale = call.opened.scale(sealed.root.asset)
    assert scale is not None, "an account's asset is known"
    return shapes.liability_root(sealed, scale)


@operation(
    "GET", _URL, tag="Audit", summary="List roots of liabilities", description="Newest first.",
    query=shapes.LiabilityQuery, reply=shapes.LiabilityRootList,
    codes=("invalid_cursor", "cursor_mismatch"),
)  # fmt: skip
async def list_liability_roots(call: Call) -> Reply:
    """List sealed roots."""
    return ok(await call.read(_list, call, page(_URL, call.query)))


def _list(call: Call, wanted: Page) -> shapes.LiabilityRootList:
    query: shapes.LiabilityQuery = call.query
    found = _liabilities(call).roots(
        asset=query.asset, prefix=query.prefix, before=wanted.number, limit=wanted.limit + 1
    )
    roots, has_more = wanted.cut(found)
    return shapes.LiabilityRootList(
        data=[_shape(call, sealed) for sealed in roots],
        has_more=has_more,
        next_cursor=wanted.cursor(roots[-1].record.sequence) if has_more else None,
        url=_URL,
    )


@operation(
    "GET", _ONE, tag="Audit", summary="Get a root of liabilities", reply=shapes.LiabilityRoot,
    codes=("not_found",),
)  # fmt: skip
async def get_liability_root(call: Call) -> Reply:
    """Get one sealed root."""
    return ok(await call.read(_root, call))


def _root(call: Call) -> shapes.LiabilityRoot:
    return _shape(call, _liabilities(call).root(call.path["id"]))


@operation(
    "GET", f"{_ONE}/leaf", tag="Audit", summary="Get an account's proof in a root",
    description="The file that the account's holder keeps and checks offline:"
    " `partita liabilities verify FILE`, or tools/verify_liability.py. It shows the sums beside its"
    " way up the tree: hand it to the account's holder alone.",
    query=shapes.LeafQuery, reply=LiabilityProof, codes=("not_found",),
)  # fmt: skip
async def get_liability_leaf(call: Call) -> Reply:
    """Get one account's proof."""
    query: shapes.LeafQuery = call.query
    if query.account_id is None:
        raise Refusal("invalid_request", "account_id is missing: whose proof is wanted?")
    return ok(await call.read(_leaf, call, query.account_id))


def _leaf(call: Call, reference: str) -> LiabilityProof:
    liabilities = _liabilities(call)
    return liabilities.proof(liabilities.root(call.path["id"]), reference)


OPERATIONS = (prove_liabilities, list_liability_roots, get_liability_root, get_liability_leaf)
