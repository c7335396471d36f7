"""Witnesses over HTTP, and the file that remembers what they cosigned."""
