"""Contracts the outside fulfils: plain data and Protocols."""
