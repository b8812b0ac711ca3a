"""Who gets which case, and why: the decision, its reasons, and the claim."""
