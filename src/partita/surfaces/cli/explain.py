"""`partita explain`: what an error code means, and how to mend it. Needs no books."""

from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.place import Json, nearest
from partita.surfaces.cli.talk import emit, table
from partita.surfaces.http.problems import PROBLEMS


def explain(code: str = "", /, *, json: Json = False) -> None:
    """Say what an error code means and how to mend it; without a code, list them all."""
    if not code:
        table(("code", "title"), ((problem.code, problem.title) for problem in PROBLEMS.values()))
        return
    problem = PROBLEMS.get(code)
    if problem is None:
        raise CommandFailed(
            f"There is no code {code!r}.", nearest(code, list(PROBLEMS)), status=USAGE
        )
    if json:
        emit(problem._asdict())
        return
    print(f"{problem.code} (HTTP {problem.status})\n{problem.title}.\nMend: {problem.fix}")
    if problem.retryable:
        print("It can be tried again as it is.")
