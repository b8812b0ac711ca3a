"""Who answers: agents and teams, sign-in, sessions, API tokens, presence."""
