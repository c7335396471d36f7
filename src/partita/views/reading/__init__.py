"""Reading trailing views: the questions that their tables answer, and as of which sequence.

Surfaces ask here, so that HTTP, command line and library say the same. Every answer comes with the
sequence up to which the view had come; who wants to see their own writes waits for it before.
"""
