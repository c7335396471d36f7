"""THE TRUTH: events sealed as records, hashed as stored, in one Merkle log for each ledger."""
