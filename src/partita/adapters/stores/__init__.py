"""Where the journal lives. Every store implements the same port and passes the same suite."""
