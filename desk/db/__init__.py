"""The database: units of work on two engines, jobs, search, migrations."""
