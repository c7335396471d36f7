"""Search: which transactions mention what, as sets of sequences that are cut and joined."""
