"""File formats: bytes from elsewhere become instructions that the business understands."""
