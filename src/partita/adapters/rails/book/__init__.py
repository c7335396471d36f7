"""The book rail: between accounts of this installation, settled at once."""
