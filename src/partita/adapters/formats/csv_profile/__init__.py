"""CSV explained by a profile: a TOML file that says how rows become transactions.

`schema` is what a profile may say, `loading` reads one, `checking` refuses what makes no sense,
`values` and `templates` read and write single fields, `translating` turns a row into an
instruction, and `reading` goes through the file.
"""
