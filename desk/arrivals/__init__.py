"""The raw journal: every payload from outside, kept before its sender is told that we have it."""
