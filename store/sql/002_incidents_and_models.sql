-- Step 2: what other tools say is wrong, and what vendors announce of models.

-- One alert or incident of another tool; settled is when it was first seen to be over.
create table incidents (
    incident_id varchar primary key, source varchar not null, system varchar not null, external_id varchar not null,
    title varchar not null, started timestamp not null, severity varchar not null,
    level varchar not null check (level in ('critical', 'warning', 'info')), state varchar not null,
    acknowledged timestamp, resolved timestamp, url varchar not null,
    first_seen timestamp not null, settled timestamp, run_id varchar not null
);

-- One model of one provider as a source announces it.
create table model_dates (
    model_id varchar primary key, source varchar not null, provider varchar not null, model varchar not null,
    released_on date, deprecated_on date, retires_on date, replacement varchar not null,
    first_seen timestamp not null, settled timestamp, run_id varchar not null
);
