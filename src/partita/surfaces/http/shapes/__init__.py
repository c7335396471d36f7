"""Shapes: what goes over the wire, as structs. Requests check themselves, replies are built here."""
