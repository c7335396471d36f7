"""Float: what customers believe they hold, against what there is for it, for each asset.

    every account's totals, as of some moment ─► its class, by the chart ─► one line a class ─► ties

Since debits and credits of an asset are equal, the lines of all classes sum to zero whatever was
posted; accounts outside the chart have a line of their own, so that nothing can hide.
"""
