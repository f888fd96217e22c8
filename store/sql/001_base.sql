-- Step 1: everything the first release stores. Steps are never edited after a release.

-- One row a collection of one source.
create table runs (
    run_id varchar not null, source varchar not null, kind varchar not null,
    state varchar not null check (state in ('complete', 'partial', 'failed', 'interrupted')),
    cause varchar not null, detail varchar not null,
    window_start timestamp not null, window_end timestamp not null,
    started timestamp not null, finished timestamp not null, slot timestamp,
    rows bigint not null, new_rows bigint not null, rejected bigint not null, unrouted bigint not null,
    requests bigint not null, received_bytes bigint not null, skew_seconds double, retry_after timestamp
);

-- The last twenty rows of each source in runs: screens must not read years of runs to show the newest.
create table last_runs (
    run_id varchar not null, source varchar not null, state varchar not null, cause varchar not null,
    detail varchar not null, started timestamp not null, finished timestamp not null, slot timestamp,
    rows bigint not null, new_rows bigint not null, rejected bigint not null, unrouted bigint not null,
    skew_seconds double
);

-- How far each source has been collected without a gap.
create table watermarks (source varchar primary key, high_water timestamp not null, run_id varchar not null);

-- One row per (source, system, metric, stat, unit, period, dims): the dimensions of samples, kept once.
create table series (
    series_id integer primary key, source varchar not null, system varchar not null, metric varchar not null,
    stat varchar not null, unit varchar not null, period integer not null, dims varchar not null,
    unique (source, system, metric, stat, unit, period, dims)
);

-- One value at one time; no primary key by measurement (a key makes it 10x larger and 8x slower to insert).
create table samples (
    series_id integer not null, seen timestamp not null, value double not null check (isfinite(value)),
    n bigint, is_floor boolean not null, run_id integer not null
);

-- Small integers for the run ids that samples carry.
create table run_numbers (run_number integer primary key, run_id varchar not null unique);

-- The newest sample of each series: an unbounded "latest" over samples would cost a second at 100M rows.
create table latest (
    series_id integer primary key, seen timestamp not null, value double not null, n bigint, is_floor boolean not null
);

-- Rollups kept for years; percentiles are never averaged, so readers take highest for them.
create table rollup_1h (
    series_id integer not null, bucket timestamp not null, samples bigint not null, total double not null,
    lowest double not null, highest double not null, closing double not null, weight bigint, weighted double
);
create table rollup_1d (
    series_id integer not null, bucket timestamp not null, samples bigint not null, total double not null,
    lowest double not null, highest double not null, closing double not null, weight bigint, weighted double
);

-- One charge of one period; a restated charge replaces the row and leaves a revision.
create table costs (
    source varchar not null, system varchar not null, basis varchar not null,
    charge_period_start timestamp not null, charge_period_end timestamp not null, line varchar not null,
    billing_currency varchar not null,
    effective_cost decimal(24, 9), billed_cost decimal(24, 9), list_cost decimal(24, 9), contracted_cost decimal(24, 9),
    charge_category varchar not null, service_provider_name varchar not null, service_name varchar not null,
    model varchar not null, token_type varchar not null,
    consumed_quantity decimal(24, 6), consumed_unit varchar not null, is_final boolean not null, run_id varchar not null
);
create table cost_revisions (
    source varchar not null, system varchar not null, basis varchar not null,
    charge_period_start timestamp not null, charge_period_end timestamp not null, line varchar not null,
    effective_cost decimal(24, 9), billed_cost decimal(24, 9), list_cost decimal(24, 9),
    replaced timestamp not null, run_id varchar not null
);

-- One score of one suite run by one scorer for one slice.
create table evaluations (
    source varchar not null, system varchar not null, eval_run varchar not null, suite varchar not null,
    scorer varchar not null, seen timestamp not null, value double check (value is null or isfinite(value)),
    slice varchar not null, suite_version varchar not null, judge varchar not null, judge_version varchar not null,
    system_version varchar not null, n bigint, passes bigint, errors bigint, stderr double,
    scale_min double not null, scale_max double not null, higher_is_better boolean not null,
    status varchar not null, url varchar not null, run_id varchar not null
);

-- One proposed or observed change; settled is when the source stopped showing it as pending.
create table changes (
    change_id varchar primary key, source varchar not null, system varchar not null, external_id varchar not null,
    change_class varchar not null, title varchar not null, state varchar not null, author varchar not null,
    requested timestamp, from_ref varchar not null, to_ref varchar not null, content_hash varchar not null,
    content varchar not null, risk varchar not null, url varchar not null,
    first_seen timestamp not null, settled timestamp, run_id varchar not null
);

-- What each rule says of each system now, replaced as a whole at each judging.
create table verdicts (
    system varchar not null, rule varchar not null, domain varchar not null, metric varchar not null,
    state varchar not null, judged timestamp not null, direction varchar not null, value double, warning double,
    critical double, n bigint, low double, high double, seen timestamp, unit varchar not null, mode varchar not null,
    note varchar not null, stat varchar not null
);

create table breaches (
    breach_id varchar primary key, system varchar not null, rule varchar not null, domain varchar not null,
    metric varchar not null, severity varchar not null, state varchar not null, direction varchar not null,
    since timestamp not null, judged timestamp not null, opened timestamp, closed timestamp, value double, worst double,
    warning double, critical double, n bigint, unit varchar not null, mode varchar not null, note varchar not null
);

-- Rows that could not be believed, with their raw text, until they are good or written off.
create table quarantine (
    source varchar not null, run_id varchar not null, received timestamp not null, reason varchar not null,
    raw varchar not null, fingerprint varchar not null, written_off timestamp
);

-- What people decided in viewers; event_id makes ingestion idempotent.
create table events (
    event_id varchar primary key, kind varchar not null, subject varchar not null, reason varchar not null,
    actor varchar not null, actor_uid bigint not null, login_uid bigint not null, written timestamp not null
);

-- The hash-chained log, the same entries as audit.jsonl beside the store.
create table audit (
    sequence bigint primary key, previous_hash varchar not null, hash varchar not null, written timestamp not null,
    actor varchar not null, action varchar not null, subject varchar not null, detail varchar not null
);

-- The portfolio as configured at the last collection, so that a store can be read without its configuration.
create table systems (
    name varchar primary key, title varchar not null, owner varchar not null, deputy varchar not null,
    tier integer not null, environment varchar not null, stage varchar not null, data_class varchar not null,
    cost_basis varchar not null, monthly_budget decimal(24, 9), currency varchar not null, depends_on varchar not null,
    headline varchar not null
);
create table sources (
    name varchar primary key, kind varchar not null, schedule varchar not null, next_slot timestamp,
    systems varchar not null, target varchar not null
);
create table facts (name varchar primary key, content varchar not null);
