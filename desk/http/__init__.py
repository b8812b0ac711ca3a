"""What a room's api.py and pages.py are written in: typed routes, problems, pages, permissions."""
