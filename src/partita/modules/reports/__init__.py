"""Reports: what an accountant asks of the books, at any effective moment, as known at any sequence.

    `reading`: positions as of a moment ─► one file for each kind of report ─► `report.Report`, lines in
    columns ─► `rendering`: JSON, CSV or a plain table

Everything between reading and rendering is pure. Roll-ups follow the paths (`roll_up`), another currency
comes by dated rates (`rates`, `conversion`).
"""
