"""Words without a trade: clock, ids, errors, retry, text, logging, meters."""
