"""Signers: where a log's private key lives. A file today; KMS and HSM obey the same port."""
