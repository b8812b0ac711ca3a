"""The migrations themselves; the name of each begins with its number."""
