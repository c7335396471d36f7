"""Sagas: flows of several steps across ledgers and rails, each step undone if a later one fails."""
