"""What was said: messages, notes, attachments, and the deliveries of what we send."""
