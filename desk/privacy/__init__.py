"""Privacy: what the desk knows of a person, handed over or erased, and the proof of it."""
