"""Languages of conditions: adapters behind `modules/templates/conditions.py`."""
