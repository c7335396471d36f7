"""Publishers: what of ours is told to catalogues elsewhere, such as a schema registry."""
