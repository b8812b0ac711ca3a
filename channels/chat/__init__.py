"""The web chat channel: here we are the provider, from the visitor's screen to the transcript."""
