"""THE OUTSIDE. Implements the protocols of the inner rooms: stores, rails, formats, signers.

Adapters may import everything up to `views`; siblings never import each other, and only `wiring`
knows which adapter is in use.
"""
