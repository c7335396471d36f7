"""THE FACES: translate between the outside and the engine, and nothing else."""
