"""Notices: who on the desk hears of what, and where: in the workspace, else by letter."""
