"""What goes wrong with templates: each failure has a code, and names every guilty place at once.

TemplateError
├─ TemplateInvalid            the document cannot be a template         mend the document
├─ TemplateArgumentInvalid    an argument is not what its parameter is  mend the argument
├─ TemplateRenderFailed       these arguments lead to postings that     other arguments, or another
│                             cannot be, such as a negative one         version of the template
├─ TemplateNotFound           there is no such name, or no such version
└─ TemplateArchived           it takes no more postings                 save it again to revive it
"""

from enum import Enum
from typing import NamedTuple

import msgspec

from partita.engine.errors import PartitaError


class TemplateCode(Enum):
    """Stable names of what can be wrong with a template or its use."""

    INVALID = "template_invalid"
    ARGUMENT_INVALID = "template_argument_invalid"
    RENDER_FAILED = "template_render_failed"
    NOT_FOUND = "template_not_found"
    ARCHIVED = "template_archived"


class TemplateMeaning(NamedTuple):
    """What a code says in general: one sentence of cause, one of mend."""

    title: str
    fix: str


TEMPLATE_MEANINGS: dict[TemplateCode, TemplateMeaning] = {
    TemplateCode.INVALID: TemplateMeaning(
        "The document is not a template that always balances",
        "Mend each place that `errors` points at; docs/templates.md explains the form."
        " `partita templates check FILE` says the same without a server.",
    ),
    TemplateCode.ARGUMENT_INVALID: TemplateMeaning(
        "An argument is not what the template's parameter takes",
        "Send the arguments that the template declares: GET /v1/transaction_templates/{name}.",
    ),
    TemplateCode.RENDER_FAILED: TemplateMeaning(
        "These arguments lead to postings that cannot be",
        "Change the arguments, or save a version that allows for them (`skip_if_zero`, `when`).",
    ),
    TemplateCode.NOT_FOUND: TemplateMeaning(
        "There is no template of this name, or no such version",
        "List what there is: GET /v1/transaction_templates, or `partita templates list`.",
    ),
    TemplateCode.ARCHIVED: TemplateMeaning(
        "The template is archived and takes no more postings",
        "Save it again to revive it, or use another template.",
    ),
}
"""The cause and the mend of each code; complete by test."""


class Finding(msgspec.Struct, frozen=True):
    """One place that is wrong, as a JSON Pointer, and what is wrong there."""

    pointer: str
    detail: str


class TemplateError(PartitaError):
    """Something is wrong with a template or its use; `findings` say where. Nothing has moved."""

    code: TemplateCode

    def __init__(self, *findings: Finding) -> None:
        """Carry at least one finding."""
        assert findings, "who refuses says why"
        super().__init__("; ".join(_line(finding) for finding in findings))
        self.findings = findings

    @property
    def detail(self) -> str:
        """The first finding's sentence, which most readers need alone."""
        return self.findings[0].detail

    @property
    def problem(self) -> str:
        """The code and everything that was found, in one line."""
        return f"{self.code.value}: {self}"

    @property
    def mend(self) -> str:
        """How to mend it."""
        return TEMPLATE_MEANINGS[self.code].fix


class TemplateInvalid(TemplateError):
    """The document cannot be a template."""

    code = TemplateCode.INVALID


class TemplateArgumentInvalid(TemplateError):
    """An argument is missing, unknown, or not what its parameter takes."""

    code = TemplateCode.ARGUMENT_INVALID


class TemplateRenderFailed(TemplateError):
    """The arguments are each as declared, but together lead to no transaction."""

    code = TemplateCode.RENDER_FAILED


class TemplateNotFound(TemplateError):
    """There is no such template, or no such version of it."""

    code = TemplateCode.NOT_FOUND


class TemplateArchived(TemplateError):
    """The template takes no more postings."""

    code = TemplateCode.ARCHIVED


def _line(finding: Finding) -> str:
    return f"{finding.pointer}: {finding.detail}" if finding.pointer else finding.detail


def step(*steps: str | int) -> str:
    """The JSON Pointer (RFC 6901) that leads these steps down.

    >>> step("let", "a/b", 0)
    '/let/a~1b/0'
    """
    return "".join(f"/{str(s).replace('~', '~0').replace('/', '~1')}" for s in steps)
