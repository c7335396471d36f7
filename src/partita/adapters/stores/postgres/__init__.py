"""The PostgreSQL store and what it needs to stand: a server, roles, migrations, safe settings.

`binaries` finds the programs, `embedded` runs a private server in a data folder, `bootstrap` makes
the roles, `migrate` the tables, `safety` refuses settings that lose data, `named_queries` loads the
SQL, and `store` is the port itself.
"""
