"""What leaves a ledger, under fire: a stage with a server, a broker, endpoints and readers."""
