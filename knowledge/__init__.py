"""The answers: articles, search, suggestions, the help centre."""
