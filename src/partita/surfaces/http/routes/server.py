"""The server about itself: health, version, measures, and the documents that explain it.

None of this is ledger data, so it needs no key; but measures do, since they tell how much goes on.
"""

from partita import __version__
from partita.engine.access import Scope
from partita.engine.errors import PartitaError
from partita.surfaces.http.call import Call
from partita.surfaces.http.operation import operation
from partita.surfaces.http.problems import PROBLEMS
from partita.surfaces.http.refusal import Refusal
from partita.surfaces.http.reply import Reply, ok
from partita.surfaces.http.shapes.server import Health, Version

_HTML, _CSS, _SCRIPT = b"text/html; charset=utf-8", b"text/css; charset=utf-8", b"text/javascript"
_POLICY = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_SAFETY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", _POLICY),
)


def _page(body: bytes, media_type: bytes = _HTML) -> Reply:
    return Reply(200, body, _PAGE_SAFETY, media_type, is_data=False)


@operation("GET", "/healthz", summary="Is it alive?", scope=None, reply=Health)
async def get_health(call: Call) -> Reply:
    """Say that the process answers."""
    return ok(Health("ok"))


@operation(
    "GET",
    "/readyz",
    summary="Can it work?",
    scope=None,
    reply=Health,
    codes=("store_unavailable",),
    description="200 if the store can be reached, else 503.",
)
async def get_readiness(call: Call) -> Reply:
    """Say whether the store can be reached."""
    try:
        await call.read(call.desk.store.ledgers)
    except PartitaError:
        raise Refusal("store_unavailable", "The database cannot be reached.") from None
    return ok(Health("ready"))


@operation("GET", "/version", summary="Which program is it?", scope=None, reply=Version)
async def get_version(call: Call) -> Reply:
    """Say which version runs."""
    return ok(Version("partita", __version__, "v1"))


@operation(
    "GET",
    "/metrics",
    summary="Measures for Prometheus",
    scope=Scope.READ,
    media_type="text/plain",
    description="Requests and their durations by operation, queue lengths, journal sequences.",
)
async def get_metrics(call: Call) -> Reply:
    """Give the figures of this process."""
    text = await call.read(call.desk.measures.text)
    return Reply(200, text, media_type=b"text/plain; version=0.0.4; charset=utf-8")


@operation(
    "GET", "/openapi.json", tag="Pages", summary="This interface as OpenAPI 3.1", scope=None,
    media_type="application/json",
)  # fmt: skip
async def get_openapi(call: Call) -> Reply:
    """Give the OpenAPI document."""
    return Reply(200, call.desk.documents.openapi)


@operation(
    "GET", "/docs", tag="Pages", summary="The reference page", scope=None, media_type="text/html",
)  # fmt: skip
async def get_reference_page(call: Call) -> Reply:
    """Give the reference page."""
    return _page(call.desk.documents.reference)


@operation(
    "GET",
    "/docs/style.css",
    tag="Pages",
    summary="The pages' style",
    scope=None,
    media_type="text/css",
)
async def get_style(call: Call) -> Reply:
    """Give the style sheet."""
    return _page(call.desk.documents.style, _CSS)


@operation(
    "GET", "/docs/copy.js", tag="Pages", summary="The pages' copy buttons", scope=None,
    media_type="text/javascript",
)  # fmt: skip
async def get_script(call: Call) -> Reply:
    """Give the script of the copy buttons."""
    return _page(call.desk.documents.script, _SCRIPT)


@operation(
    "GET",
    "/",
    tag="Pages",
    summary="To the reference page",
    scope=None,
    media_type="text/html",
    status=307,
)
async def get_root(call: Call) -> Reply:
    """Lead to the reference page."""
    return Reply(307, b"", ((b"location", b"/docs"), *_PAGE_SAFETY), _HTML, is_data=False)


@operation("GET", "/errors", summary="All problems", scope=None, media_type="text/html")
async def list_errors(call: Call) -> Reply:
    """List every problem that a reply can carry."""
    if _wants_json(call):
        return ok(call.desk.documents.problems)
    return _page(call.desk.documents.error_index)


@operation(
    "GET",
    "/errors/{code:str}",
    summary="What a problem means",
    scope=None,
    media_type="text/html",
    codes=("not_found",),
    description="Cause, mend, retry rule and an example; JSON if asked for by `Accept`.",
)
async def get_error(call: Call) -> Reply:
    """Explain one problem."""
    code = call.path["code"]
    if code not in PROBLEMS:
        raise Refusal("not_found", f"There is no problem {code[:60]!r}; /errors lists all.")
    if _wants_json(call):
        return ok(next(p for p in call.desk.documents.problems if p.code == code))
    return _page(call.desk.documents.error_page(code))


def _wants_json(call: Call) -> bool:
    accept = call.headers.get(b"accept", b"")
    return b"json" in accept and b"text/html" not in accept


OPERATIONS = (
    get_health, get_readiness, get_version, get_metrics, get_openapi, get_root,
    get_reference_page, get_style, get_script, list_errors, get_error,
)  # fmt: skip
