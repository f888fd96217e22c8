-- Step 8: how each case of an evaluation run scored, and what is known of judges and suites.

-- One case of one run, by one scorer and slice. A case is known by a hash of what identifies it, never by its text, so
-- that two runs of a suite can be held against each other case by case.
create table cases (
    source varchar not null, system varchar not null, eval_run varchar not null, suite varchar not null,
    scorer varchar not null, slice varchar not null, case_key varchar not null, seen timestamp not null,
    value double not null check (isfinite(value)), run_id varchar not null
);

-- The judges and suites as configured at the last collection; systems is a list, empty for all.
create table judges (
    name varchar not null, version varchar not null, calibrated date, agreement double, n bigint, owner varchar not null
);
create table suites (
    name varchar not null, kind varchar not null, systems varchar not null, refreshed date, owner varchar not null,
    max_drop double
);
