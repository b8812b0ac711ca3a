"""A Slack on loopback: Web API, Socket Mode, signed events, and its people's screens."""

from channels.sandbox.slack.faults import Fault
from channels.sandbox.slack.person import PersonFile, Shown, SlackPerson
from channels.sandbox.slack.server import SlackSandbox

__all__ = ["Fault", "PersonFile", "Shown", "SlackPerson", "SlackSandbox"]
