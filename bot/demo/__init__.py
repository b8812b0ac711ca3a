"""A small desk with a cast of customers and agents, for a first look, tests and screenshots."""
