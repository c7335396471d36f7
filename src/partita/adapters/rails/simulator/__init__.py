"""The simulator: the reference rail, a network that does whatever real ones do, on demand.

`behaviour`  what may happen to a submission, as one table of plans
`choosing`   which of it happens: by name, by amount, by chance
`messages`   what the network tells, raw and parsed
`world`      its memory, folded from facts in a logbook
`rail`       the adapter itself
"""
