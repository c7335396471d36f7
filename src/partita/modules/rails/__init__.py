"""Rails: how orders reach payment networks and answers come back, whatever goes wrong between.

    due payment ─► `process` ─► `line` (bulkhead, breaker) ─► the rail's adapter
                      ▲  └─ `dispatching`: one table says what may follow what, failover included
                      └─ messages ─► `taking`: one command for each, so nothing happens twice

`breaker`, `backoff` and `dispatching` are pure: time and chance come in as arguments, so that whole
days of outages are simulated in a test within milliseconds.
"""
