-- Step 10: what became of decisions at the sources that proposed the changes.

-- One attempt to carry a decision out, by whoever decided, as told by an event of kind delivery. before is what the source
-- held until then; confirmed is when the source itself showed the decision, null until it does.
create table deliveries (
    attempt_id varchar primary key, change_id varchar not null, content_hash varchar not null,
    decision_id varchar not null, verdict varchar not null check (verdict in ('approve', 'reject', 'roll back')),
    target varchar not null,
    state varchar not null check (state in ('recorded', 'delivered', 'refused', 'moved', 'unconfirmed')),
    detail varchar not null, before varchar not null, actor varchar not null, tried timestamp not null,
    confirmed timestamp
);
