-- Step 11: what detectors say, and what they have said.

-- The failure modes in their owner's words as configured at the last collection.
create table modes (
    mode varchar primary key, title varchar not null, detection varchar not null, response varchar not null
);
