module partita.dev/verify

go 1.22
