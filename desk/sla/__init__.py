"""Promises: opening hours, policies, the clocks of each case and what happens when they run out."""
