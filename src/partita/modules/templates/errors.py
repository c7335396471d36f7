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

from partita.engine.plain_documents import DocumentError


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


class TemplateError(DocumentError):
    """Something is wrong with a template or its use; `findings` say where. Nothing has moved."""

    code: TemplateCode

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
