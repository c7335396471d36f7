"""Wiring: settings become an application. The only place where adapters meet ports."""

from partita.wiring.application import ALARM_TOPIC, Application, FullStore
from partita.wiring.building import COLLECTION_THRESHOLDS, build, tune_interpreter
from partita.wiring.business import BUSINESS, DECIDERS, RULEBOOK
from partita.wiring.event_types import wanted_events
from partita.wiring.files import (
    chart_of_file,
    chart_of_text,
    chart_text,
    compiled,
    csv_source,
    rate_table,
    rule_document,
    template_document,
)

__all__ = [
    "ALARM_TOPIC",
    "BUSINESS",
    "COLLECTION_THRESHOLDS",
    "DECIDERS",
    "RULEBOOK",
    "Application",
    "FullStore",
    "build",
    "chart_of_file",
    "chart_of_text",
    "chart_text",
    "compiled",
    "csv_source",
    "rate_table",
    "rule_document",
    "template_document",
    "tune_interpreter",
    "wanted_events",
]
