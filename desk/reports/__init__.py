"""Figures and the wallboard: what was promised, what was kept, what waits now."""
