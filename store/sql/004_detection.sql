-- Step 4: what detectors remember.

-- What a signal of a system was when it was frozen; content is the baseline as JSON. It never rolls.
create table baselines (
    system varchar not null, signal varchar not null, dim varchar not null, frozen timestamp not null,
    reason varchar not null, content varchar not null, primary key (system, signal, dim)
);

-- What each detector can see of each system, replaced as a whole at each judging.
create table cells (
    system varchar not null, mode varchar not null, state varchar not null check (state in ('armed', 'degraded', 'blind')),
    reason varchar not null, remedy varchar not null, signals varchar not null, newest date, judged timestamp not null
);

-- How far each detector has gone through the days of a system: what it handled last, how long it has been
-- calm, and the mode under whose breach it is open.
create table episodes (
    system varchar not null, mode varchar not null, day date not null, handled date, opened date, calm integer not null,
    head varchar not null, rests varchar not null
);

-- What speaks for the breach of a detector, loudest first (place 0); score and score_limit are in nats.
-- It began between earliest and latest; trend holds the last runs of its signal as JSON, [[days since 1970, value], ...].
create table evidence (
    breach_id varchar not null, place integer not null, kind varchar not null, signal varchar not null,
    dim varchar not null, score double not null, score_limit double not null, runs integer not null,
    value double, usual double, n double, low double, high double,
    began date, earliest date, latest date, trend varchar not null, words varchar not null
);

-- One event with several breaches, such as a vendor's that reaches several systems; empty for one alone.
alter table breaches add column event varchar default '';
