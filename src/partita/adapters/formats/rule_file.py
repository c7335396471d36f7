"""Rule files: a document in JSON, or in YAML, where people rather write one."""

from pathlib import Path

from partita.engine.plain_documents import Finding, NotOfTheForm, parse_json, parse_yaml
from partita.modules.rules.document import LARGEST_DOCUMENT_BYTES, RuleDocument, read_rule
from partita.modules.rules.errors import RuleInvalid


def read_rule_file(path: Path) -> RuleDocument:
    """The document in a file; `.json` is JSON, everything else YAML.

    Raises:
        RuleInvalid: the file cannot be read, or is no rule; the finding says where.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleInvalid(Finding("", f"{path} cannot be read: {error}.")) from None
    if len(text) > 4 * LARGEST_DOCUMENT_BYTES:
        raise RuleInvalid(Finding("", f"{path} is too large to be a rule."))
    is_json = path.suffix == ".json"
    try:
        value = parse_json(text) if is_json else parse_yaml(text)
    except NotOfTheForm as error:
        raise RuleInvalid(error.finding) from None
    return read_rule(value, are_texts=not is_json)
