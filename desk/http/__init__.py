"""What a room's api.py and pages.py are written in: typed routes, problems, pages, permissions."""

from desk.http.call import Call
from desk.http.cursors import Page, decode_cursor, encode_cursor
from desk.http.permissions import Need, Role, Who, permits
from desk.http.replies import Cookie, Download, Html, Redirect, Upload
from desk.http.routes import Routes

__all__ = [
    "Call",
    "Cookie",
    "Download",
    "Html",
    "Need",
    "Page",
    "Redirect",
    "Role",
    "Routes",
    "Upload",
    "Who",
    "decode_cursor",
    "encode_cursor",
    "permits",
]
