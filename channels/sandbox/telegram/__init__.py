"""A Bot API server on loopback, and the phones of those who write to its bot."""

from channels.sandbox.telegram.faults import Faults
from channels.sandbox.telegram.forum import Forum
from channels.sandbox.telegram.group import Group
from channels.sandbox.telegram.phone import Phone
from channels.sandbox.telegram.server import TelegramSandbox
from channels.sandbox.telegram.world import SandboxFile, Written

__all__ = ["Faults", "Forum", "Group", "Phone", "SandboxFile", "TelegramSandbox", "Written"]
