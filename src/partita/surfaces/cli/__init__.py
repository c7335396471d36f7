"""The command line: `partita VERB`. Data goes to stdout, talk to stderr, the outcome to the exit status."""
