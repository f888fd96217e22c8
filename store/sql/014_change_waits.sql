-- Step 14: for whom changes wait, so that the first screen says so without judging anything.

-- One row per account of a person that changes wait for: how many that person may decide on or review; judged anew each time.
create table change_waits (
    account varchar primary key, changes integer not null
);
