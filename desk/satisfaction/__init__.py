"""Ratings: what customers say of how a case went, when they are asked, and who hears of it."""
