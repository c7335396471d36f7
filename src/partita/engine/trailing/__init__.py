"""What trails: read models that follow the journal by a cursor of their own, a moment behind it."""
