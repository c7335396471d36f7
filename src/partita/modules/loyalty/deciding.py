"""The table of what can be asked about loyalty, and who decides it."""

from partita.engine.business import Deciders
from partita.modules.loyalty import acts, granting, spending
from partita.modules.loyalty.lots import POINTS
from partita.modules.wallets.expiring import Expiring

DECIDERS: Deciders = {
    acts.SetProgram: granting.set_program,
    acts.Grant: granting.grant,
    acts.Spend: spending.spend,
    acts.ExpirePoints: granting.expire,
}
ENDING = Expiring("points", POINTS, lambda identifier: acts.ExpirePoints(purse=identifier))
"""Points come to their end by themselves."""
