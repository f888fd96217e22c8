-- Step 5: breaches that are silenced for a time, and the rules as configured.

-- When a silence ends; null for everything else that people decide.
alter table events add column expires timestamp;

-- Until when, by whom and why a breach was silenced at the last judging; null and empty where it was not.
alter table breaches add column silenced_until timestamp;
alter table breaches add column silenced_by varchar default '';
alter table breaches add column silence_reason varchar default '';

-- The rule that stands for a system as configured at the last collection; lengths of time in seconds.
create table rules (
    system varchar not null, rule varchar not null, metric varchar not null, stat varchar not null,
    direction varchar not null, warning double, critical double, recover double, dims varchar not null,
    window_s bigint not null, hits integer not null, of_windows integer not null, min_n bigint not null,
    no_data varchar not null, stale_after_s bigint, source varchar not null
);
