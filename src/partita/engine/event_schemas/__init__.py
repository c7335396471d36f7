"""Schemas of events: what a reader outside may count on, as JSON Schema 2020-12 and AsyncAPI 3.0.

event types ── documents.py ──► one JSON Schema for each type and version   spec/events/*.json
                    │                    │
                shapes.py                ├── compatibility.py   may this replace what was released?
          (structs as shapes)            ├── shelf.py           what is published, and its names
                                         └── async_api.py       spec/asyncapi.yaml
"""
