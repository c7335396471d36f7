"""Files that faces are given, read by the formats that know them."""

from pathlib import Path

from partita.adapters.conditions.cel import CelConditions
from partita.adapters.formats.chart_file import read_chart_file, read_chart_text, write_chart
from partita.adapters.formats.csv_profile.loading import load_profile
from partita.adapters.formats.csv_profile.reading import CsvSource
from partita.adapters.formats.rate_files import read_rate_file
from partita.adapters.formats.rule_file import read_rule_file
from partita.adapters.formats.template_file import read_template_file
from partita.modules.chart.chart import Chart
from partita.modules.chart.document import ChartDocument
from partita.modules.fx.rates import Rates
from partita.modules.importing.source import Source
from partita.modules.rules.document import RuleDocument
from partita.modules.templates.compiling import compile_template
from partita.modules.templates.document import TemplateDocument
from partita.modules.templates.template import Template


def csv_source(profile: Path, file: Path) -> Source:
    """A CSV file with the profile that explains it, ready for `run_import`.

    Raises:
        SourceError: one of the two cannot be read, or the profile makes no sense.
    """
    return CsvSource(load_profile(profile), file)


def rate_table(file: Path) -> Rates:
    """The exchange rates in a file: the ECB's history, or columns `date,pair,rate`; plain or gzip.

    Raises:
        RateError: the file cannot be read, or is of neither form.
    """
    return read_rate_file(file)


def rule_document(path: Path) -> RuleDocument:
    """The rule in a file.

    Raises:
        RuleInvalid: it is none.
    """
    return read_rule_file(path)


def chart_of_file(file: Path) -> Chart:
    """The chart of accounts in a JSON or YAML file.

    Raises:
        ChartInvalid: the file cannot be read, or no chart can be made of it.
    """
    return read_chart_file(file)


def chart_of_text(text: str, *, is_json: bool = False) -> Chart:
    """The chart of accounts that a text says.

    Raises:
        ChartInvalid: no chart can be made of it.
    """
    return read_chart_text(text, is_json=is_json)


def chart_text(document: ChartDocument, *, is_json: bool = False) -> str:
    """A chart's document as the text of a file."""
    return write_chart(document, is_json=is_json)


def template_document(file: Path) -> TemplateDocument:
    """The document of a template in a JSON or YAML file.

    Raises:
        TemplateInvalid: the file cannot be read, or what is in it has not the form.
    """
    return read_template_file(file)


def compiled(document: TemplateDocument) -> Template:
    """A document compiled without any books.

    Raises:
        TemplateInvalid: it could be unbalanced, or makes no sense.
    """
    return compile_template(document, CelConditions())
