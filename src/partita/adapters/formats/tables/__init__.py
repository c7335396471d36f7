"""Tables as files: CSV, NDJSON, Parquet, XLSX, behind the contract of `modules/exports/table.py`."""
