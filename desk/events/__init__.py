"""The event log: every fact, in the order it was committed, and those who read it."""
