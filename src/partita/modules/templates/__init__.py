"""Templates: named, versioned posting schemes with typed parameters, proved to balance when saved.

    document ─► compiling ─► Template ─► render(arguments) ─► PostTransaction

A document (`document.py`) says what a template is. Compiling reads its amounts (`expression.py`),
types them (`typing.py`), takes them apart into sums (`polynomial.py`) and proves that no arguments
could ever unbalance them (`balancing.py`); what cannot be proved is refused. Rendering
(`template.py`) only fills in. `cabinet.py` fetches versions and keeps them compiled.
Conditions stand behind a port (`conditions.py`).
"""
