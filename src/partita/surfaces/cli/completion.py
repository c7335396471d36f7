"""`partita completion`: lets the shell complete verbs and options."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from partita import __version__
from partita.surfaces.cli.commands import COMMANDS
from partita.surfaces.cli.talk import say


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="Which shell.")],
    /,
    *,
    install: Annotated[bool, Parameter(negative="", help="Put it in its usual place.")] = False,
) -> None:
    """Print the completion script of a shell, or install it."""
    app = App(name="partita", version=__version__)
    for command in COMMANDS:
        app.command(command.target, name=command.name, help=command.sentence)
    if install:
        say(f"Installed in {app.install_completion(shell=shell)}; open a new shell to use it.")
    else:
        print(app.generate_completion(shell=shell))
