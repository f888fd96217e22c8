-- Step 6: where each system's month ends, computed at each collection.

-- One row per system whose month can be forecast, replaced as a whole at each judging. method is quantiles (low and high
-- are P10 and P90) or scenarios (the least and the most of them); an estimate, so no exact money.
create table forecasts (
    system varchar not null, month date not null, method varchar not null,
    low double not null, middle double not null, high double not null
);
