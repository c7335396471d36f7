"""`python -m partita`: the command line, without the script that an installation puts on the path."""

from partita.surfaces.cli.main import main

if __name__ == "__main__":
    main()
