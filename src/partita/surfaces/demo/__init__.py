"""The demo: a made-up bank of wallets, cards and exchange, the same everywhere and every time."""
