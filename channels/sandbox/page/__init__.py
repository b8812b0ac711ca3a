"""One page with a phone for each customer, served beside the providers in a box."""

from channels.sandbox.page.phones import Phone
from channels.sandbox.page.server import DemoPage, Stage

__all__ = ["DemoPage", "Phone", "Stage"]
