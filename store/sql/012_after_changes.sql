-- Step 12: what became of changes once they were applied, and changes that were observed and that nobody recorded.

-- One row per change that was applied: since when and how that is known (observed in telemetry, said, told by its source),
-- until when it is watched (null: until it is closed), what the watch says so far, and the rollback that it proposed.
create table change_watches (
    change_id varchar primary key, applied timestamp not null,
    how varchar not null check (how in ('observed', 'said', 'source')), seen varchar not null,
    watch_until timestamp,
    result varchar not null
        check (result in ('watching', 'worse', 'cannot tell', 'verified', 'rolled back', 'not watched')),
    words varchar not null, proposal varchar not null, ended timestamp, judged timestamp not null
);

-- What each signal says of a change after it was applied beside before, the worst first; kept once the watch has ended.
-- change, low and high are after less before: points of a share, else parts of what was usual.
create table change_signals (
    change_id varchar not null, place integer not null, signal varchar not null, dim varchar not null,
    verdict varchar not null check (verdict in ('worse', 'cannot tell', 'no worse', 'better')),
    n_before double, n_after double, before double, after double, change double, low double, high double,
    words varchar not null
);

-- One row per change that was observed without a record: what was seen from what to what, since when and until when, who
-- might know of it (names with reasons, best first, as JSON), and the change by which it was recorded.
create table unrecorded_changes (
    finding_id varchar primary key, system varchar not null, change_class varchar not null, signal varchar not null,
    from_ref varchar not null, to_ref varchar not null, since timestamp not null, seen timestamp not null,
    opened timestamp not null, closed timestamp, closed_by varchar not null, might_know varchar not null,
    words varchar not null
);
