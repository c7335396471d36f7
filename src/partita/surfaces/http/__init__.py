"""HTTP v1: requests become commands or questions, outcomes become replies. Nothing is decided here."""
