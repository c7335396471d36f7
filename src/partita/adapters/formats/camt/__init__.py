"""Bank statements of ISO 20022: camt.052 (reports), camt.053 (statements), camt.054 (notifications).

`message` says what is kept of one, `reading` makes it out of XML of any version, and `archive`
goes through the files of an archive.
"""
