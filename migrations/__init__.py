"""The schema's history, one for SQLite and PostgreSQL, and the guards that every step of it leaves in place."""
