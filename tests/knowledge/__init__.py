"""Tests: knowledge."""
