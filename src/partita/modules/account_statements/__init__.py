"""Account statements: what an account's holder gets on paper, sealed by its hash and made again alike."""
