"""./dev bench: how fast the ledger is beside what a careful team writes in SQL, on one server.

    __main__ ─► parts (what is measured) ─► baseline          pgbench against our own SQL ledger
                                         ├► in_process        a child process that uses the library
                                         └► over_http         a server process, and `load` against it
                          figures ◄─ every part gives work spans: when begun, when done, how many
                          report · history · machine

Every part runs on the same embedded PostgreSQL with fsync on, after a checkpoint and a warm-up;
afterwards the books are checked, and a run that lost or doubled anything fails. Timing never fails.
"""
