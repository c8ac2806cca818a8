-- What the application's role may do on PostgreSQL: read everything, add to the log, rewrite projections. Run by the owner of the tables,
-- who is another role, after every `custody migrate`:
--
--     psql --set=role=custody_writer --file=grants.sql DATABASE
--
-- Of the log's tables one row alone may be changed, the head, which every append moves on; a guard refuses to move it back. An erasure
-- is run by the owner. May be run again.
GRANT USAGE ON SCHEMA public TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role";
REVOKE UPDATE, DELETE ON
    events, contents, event_streams, subjects, streams, idempotency, tiles, checkpoints, erasures, ledger_head, actors
    FROM :"role";
GRANT UPDATE (size, recorded_at, frontier) ON ledger_head TO :"role";
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM :"role";
