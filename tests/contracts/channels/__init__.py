"""One suite of contracts that every channel keeps, and the scorecard that is drawn from it."""
