"""The wires: a foreign payload in, our message out; our message in, a foreign call out."""
