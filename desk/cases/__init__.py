"""The case: its life from the first message to the last, and the units of work that move it."""
