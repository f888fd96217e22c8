-- Step 13: what restated samples and scores said before, so that a replay sees what was known on a past day.

-- One row per value of a sample that another one replaced, with the run that had brought it; kept as long as raw samples.
create table sample_revisions (
    series_id integer not null, seen timestamp not null, value double not null, n bigint, is_floor boolean not null,
    run_id integer not null, replaced timestamp not null
);

-- One row per score of a run, suite, scorer and slice that another one replaced; kept as long as runs.
create table evaluation_revisions (
    source varchar not null, system varchar not null, eval_run varchar not null, suite varchar not null,
    scorer varchar not null, seen timestamp not null, value double, slice varchar not null,
    suite_version varchar not null, judge varchar not null, judge_version varchar not null,
    system_version varchar not null, n bigint, passes bigint, errors bigint, stderr double,
    scale_min double not null, scale_max double not null, higher_is_better boolean not null,
    status varchar not null, url varchar not null, run_id varchar not null, replaced timestamp not null
);
