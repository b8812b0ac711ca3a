"""Slack: direct messages and watched channels, by Socket Mode or signed HTTP events."""
