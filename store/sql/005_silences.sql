-- Step 5: breaches that are silenced for a time.

-- When a silence ends; null for everything else that people decide.
alter table events add column expires timestamp;

-- Until when, by whom and why a breach was silenced at the last judging; null and empty where it was not.
alter table breaches add column silenced_until timestamp;
alter table breaches add column silenced_by varchar default '';
alter table breaches add column silence_reason varchar default '';
