"""Migrations: one set for both engines, numbered in order, forward only."""
