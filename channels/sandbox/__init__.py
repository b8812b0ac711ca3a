"""The providers in a box, on loopback: for `parley demo` and for tests."""
