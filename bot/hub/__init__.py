"""Hubs: where agents work on cases without leaving their messenger."""
