"""Where cases wait: queues, the inboxes that feed them, and the calendars they keep."""
