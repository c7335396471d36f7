"""A whole store in memory: the same ports and the same contract suite as PostgreSQL."""

from partita.adapters.stores.memory.store import MemoryStore

__all__ = ["MemoryStore"]
