"""What the bot says before a person does."""
