"""Template files: a document in JSON, or in YAML, where people rather write one."""

from pathlib import Path

from partita.engine.plain_documents import Finding, NotOfTheForm, parse_json, parse_yaml
from partita.modules.templates.document import (
    LARGEST_DOCUMENT_BYTES,
    TemplateDocument,
    read_document,
)
from partita.modules.templates.errors import TemplateInvalid


def read_template_file(path: Path) -> TemplateDocument:
    """The document in a file; `.json` is JSON, anything else YAML.

    Raises:
        TemplateInvalid: the file cannot be read, or what is in it is no such document.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateInvalid(Finding("", f"{path} cannot be read: {error}.")) from None
    if len(text) > 4 * LARGEST_DOCUMENT_BYTES:
        raise TemplateInvalid(Finding("", f"{path} is too large to be a template."))
    is_json = path.suffix == ".json"
    try:
        value = parse_json(text) if is_json else parse_yaml(text)
    except NotOfTheForm as error:
        raise TemplateInvalid(error.finding) from None
    return read_document(value, are_texts=not is_json)
