"""Every list of this surface, for whoever reads lists in the application: the worker, the library."""

from partita.modules.exports.lists import Lists, NoLists
from partita.surfaces.http.list_reading import BlockingLists
from partita.surfaces.http.routes import OPERATIONS
from partita.wiring import Application


def lists_of(application: Application) -> Lists:
    """The lists of an application, which reads them itself from now on; closed with it."""
    if isinstance(application.exporting.lists, NoLists):
        application.exporting.lists = BlockingLists(application, OPERATIONS)
    return application.exporting.lists
