"""Hold the records, the SQL and the files; know nobody above."""
