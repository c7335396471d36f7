"""Tests: they mirror the source, and say what must hold."""
