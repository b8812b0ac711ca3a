"""The record: who wrote, what about, who answers, by when; shown to agents and supervisors."""
