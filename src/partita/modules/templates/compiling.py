"""Compiling: a document becomes a template, or a list of everything that is wrong with it.

Nothing here depends on arguments: names, types, units, conditions and balance are settled now, so
that a saved template can only ever refuse its arguments, and never lose a unit.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from partita.engine.plain_documents import Finding, step
from partita.kernel.asset import check_code
from partita.modules.templates.arithmetic import Arithmetic
from partita.modules.templates.conditions import Conditions, VariableKind
from partita.modules.templates.document import (
    LARGEST_DOCUMENT_BYTES,
    RESERVED_METADATA,
    Definition,
    Parameter,
    ParameterType,
    TemplateDocument,
    canonical,
    check_identifier,
)
from partita.modules.templates.errors import TemplateInvalid
from partita.modules.templates.expression import Tree, names_in, read_expression
from partita.modules.templates.lines import LineCompiler
from partita.modules.templates.parameters import reading_of
from partita.modules.templates.patterns import Filling, names
from partita.modules.templates.polynomial import Atoms, NormalForm
from partita.modules.templates.scope import Scope
from partita.modules.templates.template import Slot, Step, Template, Wording
from partita.modules.templates.typing import PLAIN, AmountType, type_of

Result = TypeVar("Result")
_TEXTS = {ParameterType.ACCOUNT, ParameterType.ASSET, ParameterType.TEXT, ParameterType.DATE}
_KINDS: dict[ParameterType, VariableKind] = {
    **dict.fromkeys(_TEXTS, VariableKind.TEXT),
    ParameterType.AMOUNT: VariableKind.INTEGER,
    ParameterType.INTEGER: VariableKind.INTEGER,
    ParameterType.BOOLEAN: VariableKind.BOOLEAN,
}
"""What conditions may ask about; rates have no exact form there, so they are left out."""


class Findings:
    """Collects what is wrong, so that an author hears of everything at once."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self.found: list[Finding] = []

    @contextmanager
    def at(self, pointer: str) -> Iterator[None]:
        """Take a ValueError from inside as a finding at this place."""
        try:
            yield
        except ValueError as error:
            self.found.append(Finding(pointer, f"{error}."))

    def check(self) -> None:
        """Stop here if anything is wrong: what follows leans on it.

        Raises:
            TemplateInvalid: with every finding so far.
        """
        if self.found:
            raise TemplateInvalid(*self.found)


def compile_template(document: TemplateDocument, conditions: Conditions) -> Template:
    """The template that a document is.

    Raises:
        TemplateInvalid: it could be unbalanced, or says what nobody can carry out.
    """
    findings = Findings()
    with findings.at(""):
        if len(canonical(document)) > LARGEST_DOCUMENT_BYTES:
            raise ValueError(f"a document has at most {LARGEST_DOCUMENT_BYTES} bytes")
    findings.check()
    scope = Scope(NormalForm(Atoms()))
    slots = _parameters(document, scope, findings)
    findings.check()
    steps = _definitions(document, scope, findings)
    findings.check()
    lines = LineCompiler(scope, conditions, findings.at).lines(document.postings)
    wording = _wording(document, scope, findings)
    findings.check()
    findings.found += lines.unproved()
    findings.check()
    return Template(document, slots, steps, lines.found, wording)


def _parameters(document: TemplateDocument, scope: Scope, findings: Findings) -> tuple[Slot, ...]:
    slots = []
    for name, parameter in document.parameters.items():
        with findings.at(step("parameters", name)):
            check_identifier(name)
            read = reading_of(parameter)
            default = None if parameter.default is None else read(parameter.default)
            slots.append(Slot(name, read, default))
            scope.add(name, parameter.type, _KINDS.get(parameter.type))
            kind = _amount_type(parameter, document.parameters)
            if kind is not None:
                scope.forms.know_parameter(name, kind)
    return tuple(slots)


def _amount_type(parameter: Parameter, parameters: Mapping[str, Parameter]) -> AmountType | None:
    match parameter.type:
        case ParameterType.AMOUNT:
            assert parameter.asset is not None, "a declaration without was refused"
            return AmountType(check_asset(parameter.asset, parameters), is_whole=True)
        case ParameterType.INTEGER:
            return AmountType(PLAIN, is_whole=True)
        case ParameterType.RATE:
            return AmountType(PLAIN, is_whole=False)
    return None


def check_asset(text: str, parameters: Mapping[str, Parameter]) -> str:
    """Return the asset as written if it is a code, or `{parameter}` of the type asset."""
    if not text.startswith("{"):
        return check_code(text)
    found = names(text)
    if f"{{{found[0]}}}" != text or found[0] not in parameters:
        raise ValueError(f"{text!r} is neither an asset's code nor a {{parameter}}")
    if parameters[found[0]].type is not ParameterType.ASSET:
        raise ValueError(f"the parameter {found[0]!r} is not of the type asset")
    return text


def _definitions(document: TemplateDocument, scope: Scope, findings: Findings) -> tuple[Step, ...]:
    trees: dict[str, Tree] = {}
    for name, written in document.let.items():
        with findings.at(step("let", name)):
            check_identifier(name)
            if name in document.parameters:
                raise ValueError(f"{name!r} is a parameter already")
            trees[name] = read_expression(_expression(written))
    findings.check()
    steps = []
    for name in _in_order(trees, findings):
        with findings.at(step("let", name)):
            steps.append(_define(name, trees[name], document, scope))
    return tuple(steps)


def _expression(written: str | Definition) -> str:
    return written.amount if isinstance(written, Definition) else written


def _define(name: str, tree: Tree, document: TemplateDocument, scope: Scope) -> Step:
    kind = type_of(tree, scope.forms.types)
    polynomial = scope.forms.of(tree)
    arithmetic = Arithmetic(scope.slots, scope.forms.types)
    made = Step(name, arithmetic.whole(tree), None) if kind.is_whole else Step(
        name, None, arithmetic.exact(tree)
    )  # fmt: skip
    written = document.let[name]
    if isinstance(written, Definition) and written.asset is not None:
        kind = AmountType(check_asset(written.asset, document.parameters), kind.is_whole)
    scope.add(name, None, VariableKind.INTEGER if kind.is_whole else None)
    scope.forms.know_definition(name, kind, polynomial)
    return made


def _in_order(trees: Mapping[str, Tree], findings: Findings) -> list[str]:
    """Definitions in an order in which each comes after what it needs."""
    needs = {name: names_in(tree) & trees.keys() for name, tree in trees.items()}
    ordered: list[str] = []
    while len(ordered) < len(needs):
        ready = [n for n, needed in needs.items() if n not in ordered and needed <= set(ordered)]
        if not ready:
            stuck = sorted(set(needs) - set(ordered))
            detail = f"These definitions need each other in a ring: {', '.join(stuck)}."
            findings.found.append(Finding("/let", detail))
            findings.check()
        ordered += ready
    return ordered


def _wording(document: TemplateDocument, scope: Scope, findings: Findings) -> Wording:
    external_id = None
    if document.external_id is not None:
        with findings.at("/external_id"):
            external_id = _filling(document.external_id, scope)
    metadata = []
    for key, pattern in document.metadata.items():
        with findings.at(step("metadata", key)):
            if not 0 < len(key) <= 40 or "[" in key or "]" in key or not key.isprintable():
                raise ValueError("a metadata key is 1 to 40 characters without '[' and ']'")
            if key in RESERVED_METADATA:
                raise ValueError(f"{key!r} is written by Partita itself")
            metadata.append((key, _filling(pattern, scope)))
    return Wording(external_id, tuple(metadata))


def _filling(pattern: str, scope: Scope) -> Filling:
    for name in names(pattern):
        scope.check_writable(name)
    return Filling(pattern, scope.slots)
