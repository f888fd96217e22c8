-- The reading surface: joins live here, screens and commands read nothing else. Replaced as a whole at each release.

-- One row per raw sample, in the table or in a file of raw_days: store.raw_days adds those that there are.
create or replace view all_samples as
select series_id, seen, value, n, is_floor, run_id
from samples;

-- One row per raw sample, with its dimensions.
create or replace view sample_values as
select
    d.source, d.system, d.metric, d.stat, d.unit, d.period, d.dims,
    s.seen, s.value, s.n, s.is_floor
from all_samples s
join series d using (series_id);

-- One row per collection that may have brought something: since which day that counts as known, from when on it asked and
-- from when on others had asked before (null for the first that brought anything). The first collection of a UTC day is
-- what the day before is judged by.
create or replace view run_days as
select
    n.run_number, r.run_id, r.source, r.window_start as asks_from,
    min(r.window_start) filter (where r.new_rows > 0) over (
        partition by r.source order by r.finished, n.run_number rows between unbounded preceding and 1 preceding
    ) as asked_from,
    r.finished::date - (r.finished = min(r.finished) over (partition by r.source, r.finished::date))::integer as known
from runs r
join run_numbers n using (run_id)
where r.state <> 'failed';

-- One row per value that a raw sample has or had: the UTC day and hour that it belongs to, and the day since which it was
-- known: its own for what the first collection to ask so far back brought, since that imported what was there before. Of
-- what was known on a day the greatest run_number counts. Readings of counters and buckets speak of nothing yet.
create or replace view sample_versions as
with versions as (
    select series_id, seen, value, n, run_id
    from all_samples
    union all
    select series_id, seen, value, n, run_id
    from sample_revisions
),
dated as (
    select
        d.system, v.series_id, v.seen, v.value, v.n, v.run_id as run_number,
        case when d.period = 0 then v.seen else v.seen - interval 1 microsecond end as belongs
    from versions v
    join series d using (series_id)
    where d.stat not in ('counter', 'bucket')
)
select
    v.system, v.series_id, v.seen, v.value, v.n, v.run_number, date_trunc('hour', v.belongs) as hour,
    v.belongs::date as day,
    case when k.asked_from is null or (v.seen >= k.asks_from and v.seen < k.asked_from) then v.belongs::date
        else greatest(k.known, v.belongs::date) end as known
from dated v
left join run_days k using (run_number);

-- One row: the first UTC day of which every raw sample is still there; of those before only rollups are.
create or replace view whole_days as
with oldest as (
    select min(seen) as seen, (select min(bucket) from rollup_1d) as bucket
    from all_samples
)
select
    case when seen is null then 'infinity'::date when bucket < date_trunc('day', seen - interval 1 microsecond)
        then seen::date else '-infinity'::date end as first
from oldest;

-- One row per value that a score has or had, with the day since which it was known; as for samples.
create or replace view evaluation_versions as
with versions as (
    select *
    from evaluations
    union all by name
    select * exclude (replaced)
    from evaluation_revisions
)
select
    v.*, n.run_number, v.seen::date as day,
    case when k.asked_from is null or (v.seen >= k.asks_from and v.seen < k.asked_from) then v.seen::date
        else greatest(k.known, v.seen::date) end as known
from versions v
left join run_numbers n on n.run_id = v.run_id
left join run_days k on k.run_id = v.run_id;

-- One row per series: its newest sample.
create or replace view latest_values as
select
    d.series_id, d.source, d.system, d.metric, d.stat, d.unit, d.period, d.dims,
    l.seen, l.value, l.n, l.is_floor
from latest l
join series d using (series_id);

-- One row per series and hour; percentiles and maxima take the highest, sums add up, shares and means are weighted.
create or replace view history_1h as
select
    d.series_id, d.source, d.system, d.metric, d.stat, d.unit, d.period, d.dims, r.bucket,
    case
        when d.stat in ('sum', 'count') then r.total
        when d.stat in ('p50', 'p90', 'p95', 'p99', 'max') then r.highest
        when d.stat = 'min' then r.lowest
        when d.stat in ('last', 'counter', 'bucket') then r.closing
        when r.weight > 0 then r.weighted / r.weight
        else r.total / r.samples
    end as value,
    r.lowest, r.highest, r.samples, r.weight as n
from rollup_1h r
join series d using (series_id);

-- One row per series and day; the same choices as by hour.
create or replace view history_1d as
select
    d.series_id, d.source, d.system, d.metric, d.stat, d.unit, d.period, d.dims, r.bucket,
    case
        when d.stat in ('sum', 'count') then r.total
        when d.stat in ('p50', 'p90', 'p95', 'p99', 'max') then r.highest
        when d.stat = 'min' then r.lowest
        when d.stat in ('last', 'counter', 'bucket') then r.closing
        when r.weight > 0 then r.weighted / r.weight
        else r.total / r.samples
    end as value,
    r.lowest, r.highest, r.samples, r.weight as n
from rollup_1d r
join series d using (series_id);

-- One row per series and hour: what its samples add up to, for windows of the time whose raw samples are gone.
create or replace view hourly_sums as
select series_id, bucket + interval 1 hour as ends, samples, total, lowest, highest, closing, weight, weighted
from rollup_1h;

-- One row per charge: the best amount that its source states, and whether it was invoiced or estimated.
create or replace view cost_lines as
select
    c.*,
    coalesce(c.effective_cost, c.billed_cost, c.list_cost) as amount,
    case when c.basis = 'invoice' then 'invoiced' else 'estimated' end as provenance
from costs c;

-- One row per system, basis, currency and day: what it cost; bases and currencies are never added.
create or replace view cost_days as
select
    system, basis, provenance, billing_currency as currency, charge_period_start::date as charge_day,
    sum(amount) as amount, count(*) as lines
from cost_lines
where amount is not null
group by all;

-- One row per charge of the basis and the currency that a system is judged by.
create or replace view judged_costs as
select
    c.system, c.charge_period_start, c.charge_period_end, c.amount, c.provenance, c.is_final,
    s.currency, s.monthly_budget
from cost_lines c
join systems s on s.name = c.system and s.cost_basis = c.basis and s.currency = c.billing_currency
where c.amount is not null;

-- One row per system, day and kind of charge of the last ten weeks, by the basis and the currency it is judged by; a
-- charge for longer than a day is a kind of its own.
create or replace view judged_cost_days as
select
    system, provenance, charge_period_start::date as charge_day,
    charge_period_end - charge_period_start > interval 1 day as is_long,
    sum(amount) as amount, min(charge_period_start) as first_charge, max(charge_period_end) as last_charge
from judged_costs
where charge_period_start >= (select max(charge_period_start) from costs) - interval 70 day
group by all;

-- One row per thing acknowledged: who did so first and when.
create or replace view acknowledgements as
select
    subject, arg_min(actor, written) as acknowledged_by, min(written) as acknowledged_at
from events
where kind = 'acknowledge'
group by all;

-- One row per silence that a person declared: what it covers and until when, and who ended it before, if anybody did.
create or replace view silences as
with endings as (
    select subject as silence_id, min(written) as ended, arg_min(actor, written) as ended_by
    from events
    where kind = 'unsilence'
    group by all
)
select
    e.event_id as silence_id, e.subject, e.reason, e.actor, e.written, e.expires,
    u.ended, coalesce(u.ended_by, '') as ended_by
from events e
left join endings u on u.silence_id = e.event_id
where e.kind = 'silence';

-- One row per breach that alarmed and is not over, with the breach that it belongs to: all of one failure mode of a
-- system are one, the detector's where it has one, and a symptom's are its cause's; one that is silenced leads nothing
-- that is not. Rules without a mode stand alone.
create or replace view breach_heads as
select
    b.breach_id, b.severity, b.silenced_until is not null as is_silenced,
    first_value(b.breach_id) over each_head as head,
    count(*) over (partition by b.system, coalesce(nullif(e.head, ''), nullif(b.mode, ''), b.breach_id)) - 1 as children
from breaches b
left join episodes e on e.system = b.system and e.mode = b.mode
where b.state in ('open', 'closing', 'unknown') and b.opened is not null
window each_head as (
    partition by b.system, coalesce(nullif(e.head, ''), nullif(b.mode, ''), b.breach_id)
    order by
        b.silenced_until is not null, not starts_with(b.rule, 'detector:'), b.severity = 'warning', b.since, b.breach_id
);

-- One row per event that is breached in several systems and not over, such as a vendor's model: since when, and where.
create or replace view open_events as
select
    event, min(mode) as mode, min(since) as since, max(severity) filter (where severity = 'critical') is not null as is_critical,
    string_agg(distinct system, ', ' order by system) as systems, count(distinct system) as system_count
from breaches
where event <> '' and state in ('open', 'closing', 'unknown') and opened is not null
group by event
having count(distinct system) > 1;

-- One row per breach with its owner, tier, acknowledgement and the title of its mode; a system that left the portfolio has no owner. The head of
-- a failure mode has the worst severity of all that belongs to it; children says how many do. Where its event is
-- breached in several systems, event_systems names these.
create or replace view breach_list as
with worst as (
    select head, coalesce(min(severity) filter (where not is_silenced), min(severity)) as severity
    from breach_heads
    group by head
)
select
    b.* replace (coalesce(w.severity, b.severity) as severity),
    coalesce(h.head, b.breach_id) as head, coalesce(h.children, 0) as children,
    coalesce(s.owner, '') as owner, coalesce(s.tier, 3) as tier,
    coalesce(a.acknowledged_by, '') as acknowledged_by, a.acknowledged_at, coalesce(m.title, '') as mode_title,
    case when b.state = 'closed' then '' else coalesce(v.systems, '') end as event_systems,
    e.usual
from breaches b
left join breach_heads h on h.breach_id = b.breach_id
left join worst w on w.head = b.breach_id
left join systems s on s.name = b.system
left join acknowledgements a on a.subject = b.breach_id
left join modes m on m.mode = b.mode
left join open_events v on v.event = b.event
left join evidence e on e.breach_id = b.breach_id and e.place = 0;

-- One row per breach that alarmed, is not over, and is the head of what belongs to it; also where data stopped since.
create or replace view open_breaches as
select *
from breach_list
where state in ('open', 'closing', 'unknown') and opened is not null and head = breach_id;

-- One row per thing that speaks for the breach of a detector, loudest first (place 0), with the system and mode.
create or replace view evidence_list as
select b.system, b.mode, b.state, b.since, e.*
from evidence e
join breaches b using (breach_id);

-- One row per system and failure mode: what its detector can see and why, how bad the breach is that is open for it (also
-- one of its cause; null where none is), when it last opened, and when the system was last tested by a replay.
create or replace view coverage as
with fired as (
    select system, mode, max(opened) as last_fired
    from breaches
    where starts_with(rule, 'detector:')
    group by all
),
tested as (
    select subject as system, max(written) as last_tested
    from events
    where kind = 'replay'
    group by all
)
select
    c.system, s.title, s.owner, s.tier, c.mode, coalesce(m.title, '') as mode_title,
    coalesce(m.detection, '') as detection, coalesce(m.response, '') as response, c.state, c.reason, c.remedy, c.signals, c.newest, c.judged,
    b.severity, greatest(f.last_fired, e.opened + interval 1 day) as last_fired, t.last_tested
from cells c
join systems s on s.name = c.system
left join episodes e on e.system = c.system and e.mode = c.mode
left join open_breaches b on b.system = c.system and b.mode = coalesce(nullif(e.head, ''), c.mode)
left join fired f on f.system = c.system and f.mode = c.mode
left join tested t on t.system = c.system
left join modes m on m.mode = c.mode;

-- One row per change, collected or requested, with what its requester said and where it stands. plain_state is that state in
-- the words that sources use; of a change that was never judged it is the source's. Where a source gives no hash of the
-- content one is made of all that it gives. Of a request no source says anything, so it is pending there. A system that
-- left the portfolio counts as tier 1: nobody decides lightly there.
create or replace view change_ledger as
select
    c.change_id, c.source, coalesce(o.kind, '') as kind, coalesce(o.target, '') as target, c.external_id, c.system,
    c.change_class, c.title, if(r.change_id is null, c.state, 'pending') as source_state, c.author, c.from_ref, c.to_ref, c.content, c.risk, c.url,
    coalesce(nullif(c.content_hash, ''), sha256(concat_ws(chr(10), c.title, c.from_ref, c.to_ref, c.content)))
        as content_hash,
    c.content <> '' as has_content, coalesce(c.requested, c.first_seen) as waiting_since, c.settled,
    coalesce(r.requester, '') as requester, coalesce(r.editor, '') as editor, coalesce(r.reason, '') as reason,
    coalesce(r.rollback, '') as rollback, coalesce(r.evidence, '{}') as evidence, coalesce(r.incident, '') as incident,
    coalesce(s.tier, 1) as tier, coalesce(s.owner, '') as owner, coalesce(s.deputy, '') as deputy,
    coalesce(t.state, '') as state, coalesce(t.note, '') as note, coalesce(t.approvals, 0) as approvals,
    coalesce(t.needed, '') as needed, coalesce(t.missing, '') as missing, coalesce(t.frozen, '') as frozen,
    coalesce(t.evidence_hash, '') as evidence_hash, coalesce(t.is_late, false) as is_late,
    coalesce(t.reviews, 0) as reviews, t.review_due, t.applied, t.watch_until, c.first_seen,
    w.applied as watched, coalesce(w.how, '') as watched_how, coalesce(w.seen, '') as watched_seen,
    coalesce(w.result, '') as watch_result, coalesce(w.words, '') as watch_words, coalesce(w.proposal, '') as proposal,
    case
        when t.state is null then c.state
        when t.state = 'approved' then 'approved'
        when t.state in ('rejected', 'expired') then 'rejected'
        when t.state in ('applied', 'watching', 'verified', 'rolled back') then 'applied'
        when t.state = 'withdrawn' then 'withdrawn'
        else 'pending'
    end as plain_state
from changes c
left join requests r on r.change_id = c.change_id
left join change_states t on t.change_id = c.change_id
left join change_watches w on w.change_id = c.change_id
left join systems s on s.name = c.system
left join sources o on o.name = c.source;

-- The changes that ask something of somebody: a decision, an application by us, a review. Kept as queue_board.
create or replace view change_queue as
select * exclude (content)
from change_ledger
where state in ('submitted', 'evidence missing', 'evidence ready')
    or (state = 'approved' and change_class <> 'external') or review_due is not null
    or (state = '' and plain_state = 'pending');

-- One row per change that was observed without a record and is not recorded since, with owner and tier of its system.
create or replace view unrecorded_list as
select u.*, coalesce(s.tier, 1) as tier, coalesce(s.owner, '') as owner
from unrecorded_changes u
left join systems s on s.name = u.system
where u.closed is null;

-- One row per thing that a person said of a change, with the change that it is of; refused and void ones too.
create or replace view change_decisions as
select d.*, c.system, c.title
from decisions d
left join changes c on c.change_id = d.change_id;

-- One row per change, with the owner and tier of its system; ages count from the request or the first sighting.
create or replace view change_list as
select
    l.change_id, l.system, l.change_class, l.title, l.author, c.requested, l.risk, l.plain_state as state, l.from_ref,
    l.to_ref, l.source, l.url, l.content_hash, l.content, c.first_seen, c.settled, l.waiting_since,
    coalesce(s.tier, 3) as tier, l.owner
from change_ledger l
join changes c using (change_id)
left join systems s on s.name = l.system;

-- One row per change that may have moved something, and when: as it was asked for or first seen; what a vendor announces
-- moves nothing before it is in force.
create or replace view change_moments as
select
    change_id, system, change_class, title, plain_state as state, author,
    if(source = 'by announcement', settled, waiting_since) as moved
from change_ledger
where source <> 'by announcement' or source_state = 'applied';

-- One row per attempt to carry a decision out at its source; is_last is the newest of its change and decision.
create or replace view delivery_list as
select
    d.*, c.system, c.title,
    row_number() over (partition by d.change_id, d.decision_id order by d.tried desc, d.attempt_id desc) = 1 as is_last
from deliveries d
left join changes c using (change_id);

-- One row per alert or incident of another tool, with the owner and tier of its system; one that is suppressed there is
-- not open, and ended is when it was over, as far as anybody knows.
create or replace view incident_list as
select
    i.incident_id, i.system, i.source, i.external_id, i.title, i.level, i.severity, i.state, i.started, i.acknowledged,
    case when i.state = 'resolved' then coalesce(i.resolved, i.settled) end as ended,
    i.state in ('open', 'acknowledged') as is_open,
    i.url, coalesce(s.owner, '') as owner, coalesce(s.tier, 3) as tier
from incidents i
left join systems s on s.name = i.system;

-- One row per system of which other tools have something open: how much.
create or replace view incident_counts as
select system, count(*) as open_incidents
from incident_list
where is_open
group by all;

-- One row per system and model that it uses: declared as "model:NAME", named by a series with a sample or by a charge of
-- the thirty days before the last collection; seen is the newest of these, null where a model is only declared.
create or replace view models_in_use as
with lately as (select max(finished) - interval 30 day as since from last_runs),
named as (
    select name as system, trim(unnest(string_split(depends_on, ','))) as entry
    from systems
),
told as (
    select d.system, d.dims, l.seen
    from series d
    join latest l using (series_id)
    join lately on l.seen >= lately.since
    where contains(d.dims, '"gen_ai.re') and json_valid(d.dims)
),
used as (
    select system, trim(substr(entry, 7)) as model, true as is_declared, null::timestamp as seen
    from named
    where starts_with(entry, 'model:')
    union all
    select system, json_extract_string(dims, '$."gen_ai.response.model"'), false, seen from told
    union all
    select system, json_extract_string(dims, '$."gen_ai.request.model"'), false, seen from told
    union all
    select c.system, c.model, false, c.charge_period_start
    from costs c
    join lately on c.charge_period_start >= lately.since
)
select system, model, bool_or(is_declared) as is_declared, max(seen) as seen
from used
where model <> ''
group by system, model;

-- One row per system and model that it uses, with what is announced for it: the earliest retirement counts, and its source
-- is named; announcements says how many sources speak of the model, last_retires_on what the most patient of them says.
-- A model is found by its id; a provider in front of it (provider/model) may be there on one side and not on the other.
create or replace view model_calendar as
with asked as (
    select system, model, model as name, true as is_whole from models_in_use
    union all
    select system, model, regexp_extract(model, '[^/]+$'), false
    from models_in_use
    where regexp_matches(model, '/[^/]+$')
),
announced as (
    select *, model as name, true as is_whole from model_dates
    union all
    select *, regexp_extract(model, '[^/]+$'), false
    from model_dates
    where regexp_matches(model, '/[^/]+$')
),
found as (
    select
        a.system, a.model,
        arg_min(
            struct_pack(source := d.source, provider := d.provider, retires_on := d.retires_on),
            (
                coalesce(d.retires_on, date '9999-12-31'), coalesce(d.deprecated_on, date '9999-12-31'),
                coalesce(d.released_on, date '9999-12-31'), d.source, d.provider
            )
        ) as earliest,
        min(d.released_on) as released_on, min(d.deprecated_on) as deprecated_on, max(d.retires_on) as last_retires_on,
        arg_min(d.replacement, (coalesce(d.retires_on, date '9999-12-31'), d.source, d.provider))
            filter (d.replacement <> '') as replacement,
        count(distinct d.source) as announcements
    from asked a
    join announced d on d.name = a.name and (d.is_whole or a.is_whole)
    group by a.system, a.model
)
select
    u.system, u.model, u.is_declared, u.seen,
    f.released_on, f.deprecated_on, f.earliest['retires_on'] as retires_on, f.last_retires_on,
    coalesce(f.replacement, '') as replacement,
    coalesce(f.earliest['source'], '') as source, coalesce(f.earliest['provider'], '') as provider,
    coalesce(f.announcements, 0) as announcements
from models_in_use u
left join found f on f.system = u.system and f.model = u.model;

-- One row per system and domain that has rules: how many say what, and the words of the worst (one with a failure mode
-- before one without). Of the rules that fail those with a silenced breach are counted apart.
create or replace view domain_verdicts as
with heard as (
    select
        v.system, v.domain, v.note, v.mode,
        case when v.state in ('critical', 'warning') and b.breach_id is not null then 'silenced' else v.state end as state
    from verdicts v
    left join breaches b on b.system = v.system and b.rule = v.rule
        and b.state <> 'closed' and b.silenced_until is not null
)
select
    system, domain, count(*) as rules,
    count(*) filter (where state = 'critical') as critical,
    count(*) filter (where state = 'warning') as warning,
    count(*) filter (where state = 'silenced') as silenced,
    count(*) filter (where state = 'unknown') as unknown,
    arg_min(
        struct_pack(note := note, mode := mode),
        case state when 'critical' then 0 when 'warning' then 2 when 'silenced' then 4 when 'unknown' then 6 else 8 end
            + (mode = '')::integer
    ) as worst
from heard
group by all;

-- One row per system with breaches that are not over: how many, the worst (silenced ones last, critical first, then the
-- oldest), and the oldest that nobody has acknowledged or silenced.
create or replace view breach_counts as
with held as (
    select *, silenced_until is not null as is_silenced, acknowledged_at is null and silenced_until is null as is_waiting
    from open_breaches
)
select
    system, count(*) as open_breaches,
    count(*) filter (where severity = 'critical') as critical,
    count(*) filter (where is_silenced) as silenced,
    count(*) filter (where is_silenced and severity = 'critical') as critical_silenced,
    count(*) filter (where is_waiting and severity = 'critical') as critical_unacknowledged,
    count(*) filter (where is_waiting and severity = 'warning') as warning_unacknowledged,
    min(since) filter (where is_waiting) as oldest_unacknowledged,
    arg_min(
        struct_pack(
            severity := severity, state := state, metric := metric, direction := direction, since := since,
            value := value, warning := warning, critical := critical, unit := unit, mode := mode, note := note,
            silenced_until := silenced_until
        ),
        (is_silenced, severity <> 'critical', epoch_us(since))
    ) as worst
from held
group by all;

-- One row per system with a change on record: those that wait for a decision or a review, and since when the oldest of them;
-- has_changes says whether anything but what vendors announce showed one.
create or replace view change_counts as
select
    system, count(*) filter (where plain_state = 'pending' or review_due is not null) as pending_changes,
    min(waiting_since) filter (where plain_state = 'pending' or review_due is not null) as oldest_change,
    bool_or(source <> 'by announcement') as has_changes
from change_ledger
group by all;

-- One row per system with samples: when the newest was seen.
create or replace view system_ages as
select system, max(seen) as newest
from latest_values
group by all;

-- One row per run of the last twenty of each source, newest first (place 1).
create or replace view recent_runs as
select *, row_number() over (partition by source order by started desc, run_id desc) as place
from last_runs;

-- One row per source: its last run, its completeness and its failures in a row.
create or replace view source_health as
with judged as (
    select
        source,
        count(*) filter (where state = 'complete') / count(*)::double as completeness,
        coalesce(min(place) filter (where state in ('complete', 'partial')) - 1, count(*)) as failures,
        list(extract('epoch' from finished - started)::double order by place desc) as trend,
        max(slot) as last_slot
    from recent_runs
    group by source
)
select
    s.name as source, s.kind, s.target, s.systems,
    coalesce(r.state, 'never') as state, coalesce(r.cause, '') as cause, coalesce(r.detail, '') as detail,
    r.started, extract('epoch' from r.finished - r.started)::double as duration_s,
    coalesce(r.rows, 0) as rows, coalesce(r.new_rows, 0) as new_rows,
    coalesce(r.rejected, 0) as rejected, coalesce(r.unrouted, 0) as unrouted,
    s.next_slot, j.last_slot, w.high_water, j.completeness, coalesce(j.failures, 0) as failures,
    r.finished, r.skew_seconds, coalesce(j.trend, []::double[]) as trend
from sources s
left join recent_runs r on r.source = s.name and r.place = 1
left join judged j on j.source = s.name
left join watermarks w on w.source = s.name;

-- One row per source, for those who watch from outside: how its last collection went, and when it was last complete.
create or replace view source_vitals as
with successes as (
    select source, max(finished) as last_complete
    from runs
    where state = 'complete'
    group by source
)
select
    h.source, h.kind, h.state, h.started, h.duration_s, h.rows, h.rejected, h.unrouted, h.failures, h.skew_seconds,
    h.next_slot, h.high_water, s.last_complete
from source_health h
left join successes s on s.source = h.source;

-- One row per system and source that feeds it, by configuration.
create or replace view system_sources as
select distinct s.name as source, trim(unnest(string_split(s.systems, ','))) as system
from sources s
where s.systems <> '';

-- One row per suite, scorer, judge and slice of a system in the last 90 days of its evaluations: the newest run and the
-- values of the 30 days before it. Scores by different judges are different rows, never one line.
create or replace view newest_evaluations as
with newest as (select max(seen) as seen from evaluations)
select
    e.system, e.suite, e.scorer, e.judge, e.judge_version, e.slice,
    max_by(
        struct_pack(
            value := e.value, n := e.n, passes := e.passes, errors := e.errors, stderr := e.stderr,
            suite_version := e.suite_version, system_version := e.system_version, status := e.status, url := e.url,
            scale_min := e.scale_min, scale_max := e.scale_max
        ),
        e.seen
    ) as figures,
    max(e.seen) as seen,
    list(e.value order by e.seen) filter (where e.value is not null and e.seen >= newest.seen - interval 30 day) as trend
from evaluations e, newest
where e.seen >= newest.seen - interval 90 day and e.status <> 'invalidated'
group by all;

-- One row per system with a newest 95th percentile of its answers or a newest share of errors; the series with the
-- fewest dimensions speaks for the whole, of two sources that with more answers behind it, and the share comes from both
-- sums where they are of one time.
create or replace view main_figures as
with speaking as (
    select
        d.system, d.metric,
        arg_min(
            struct_pack(value := l.value, seen := l.seen, series_id := series_id),
            (length(d.dims), -coalesce(l.n, 0), -epoch_us(l.seen), d.source)
        ) as it
    from series d
    join latest l using (series_id)
    where (d.metric in ('gen_ai.client.operation.duration', 'gen_ai.server.request.duration') and d.stat = 'p95')
        or (d.metric = 'llmops.error_ratio' and d.stat = 'ratio')
        or (d.metric in ('llmops.errors', 'llmops.requests') and d.stat = 'sum')
    group by all
),
placed as (
    select
        system,
        coalesce(
            any_value(it) filter (where metric = 'gen_ai.client.operation.duration'),
            any_value(it) filter (where metric = 'gen_ai.server.request.duration')
        ) as latency,
        any_value(it) filter (where metric = 'llmops.errors') as errors,
        any_value(it) filter (where metric = 'llmops.requests') as requests,
        any_value(it) filter (where metric = 'llmops.error_ratio') as error_ratio
    from speaking
    group by all
)
select
    system, latency['value'] as latency_p95, latency['series_id'] as latency_series,
    case
        when errors['seen'] = requests['seen'] and requests['value'] > 0 then errors['value'] / requests['value']
        else error_ratio['value']
    end as error_ratio
from placed;

-- One row per system whose headline is a metric: its newest value, by the series with the fewest dimensions.
create or replace view headline_values as
select l.system, l.metric, l.value, l.n, l.seen, l.series_id
from latest_values l
join systems s on s.name = l.system and s.headline = l.metric
where l.stat not in ('counter', 'bucket')
qualify row_number() over (partition by l.system order by length(l.dims), l.stat, l.seen desc, l.source) = 1;

-- One row per system: its own facts with everything counted about it; the first screen reads this.
create or replace view portfolio as
select
    s.name as system, s.title, s.tier, s.owner, s.deputy, s.environment, s.stage,
    s.cost_basis, s.monthly_budget as budget, s.currency, s.headline as headline_name,
    coalesce(b.open_breaches, 0) as open_breaches, coalesce(b.critical, 0) as critical,
    coalesce(b.critical_unacknowledged, 0) as critical_unacknowledged,
    coalesce(b.warning_unacknowledged, 0) as warning_unacknowledged,
    coalesce(b.silenced, 0) as silenced, coalesce(b.critical_silenced, 0) as critical_silenced,
    b.oldest_unacknowledged,
    coalesce(c.pending_changes, 0) as pending_changes, c.oldest_change, coalesce(c.has_changes, false) as has_changes,
    coalesce(i.open_incidents, 0) as open_incidents,
    a.newest,
    b.worst['severity'] as breach_severity, b.worst['state'] as breach_state, b.worst['metric'] as breach_metric,
    b.worst['direction'] as breach_direction, b.worst['since'] as breach_since, b.worst['value'] as breach_value,
    b.worst['warning'] as breach_warning, b.worst['critical'] as breach_critical, b.worst['unit'] as breach_unit,
    coalesce(b.worst['mode'], '') as breach_mode, coalesce(b.worst['note'], '') as breach_note,
    b.worst['silenced_until'] as breach_silenced_until,
    f.latency_p95, f.latency_series, f.error_ratio,
    h.metric as measured_name, h.value as measured, h.n as measured_n, h.series_id as measured_series,
    e.month as forecast_month, e.method as forecast_method,
    case when e.system is null then [] else [e.low, e.middle, e.high] end as forecast
from systems s
left join forecasts e on e.system = s.name
left join breach_counts b on b.system = s.name
left join change_counts c on c.system = s.name
left join incident_counts i on i.system = s.name
left join system_ages a on a.system = s.name
left join main_figures f on f.system = s.name
left join headline_values h on h.system = s.name;

-- One row per hour of the last day of the series whose line may be drawn beside a system: its headline, its latency.
create or replace view drawn_hours as
with drawn as (
    select series_id from headline_values
    union
    select latency_series from main_figures
)
select h.series_id, h.bucket, h.value
from history_1h h
join drawn using (series_id)
where h.bucket >= (select max(seen) - interval 25 hour from latest);

-- One row: what is said of the portfolio as a whole.
create or replace view portfolio_whole as
select
    coalesce((select content from facts where name = 'portfolio'), '') as portfolio,
    coalesce((select content from facts where name = 'currency'), '') as currency,
    (select max(finished) from last_runs) as collected,
    count(*) filter (where state = 'armed') as armed_cells,
    count(*) filter (where state = 'degraded') as degraded_cells,
    count(*) filter (where state = 'blind') as blind_cells
from cells;

-- One row per alarm of a detector: when it was given, and what operators said last that it was worth; empty where nobody
-- has said.
create or replace view alarm_verdicts as
with said as (
    select subject, max_by(reason, (written, event_id)) as verdict
    from events
    where kind = 'verdict'
    group by subject
)
select b.breach_id, b.system, b.mode, b.opened, coalesce(s.verdict, '') as verdict
from breaches b
left join said s on s.subject = b.breach_id
where starts_with(b.rule, 'detector:');

-- One row: the score in nats at which a series alarms and the series that it was derived from, null before the first
-- judging; and of the alarms of the last 90 days how many there were and what operators said of them.
create or replace view alarm_budget as
with lately as (
    select *
    from alarm_verdicts
    where opened >= (select max(opened) from alarm_verdicts) - interval 90 day
)
select
    (select max(content::double) from facts where name = 'detection_limit') as score_limit,
    (select max(content::integer) from facts where name = 'detection_series') as series,
    (select count(*) from lately) as alarms,
    (select count(*) from lately where verdict = 'true') as true_alarms,
    (select count(*) from lately where verdict = 'false') as false_alarms,
    (select count(*) from lately where verdict = 'useless') as useless_alarms;

-- One row per series of a system: its newest value with the worst verdict of the rules on its metric and statistic.
create or replace view metric_rows as
with ruled as (
    select
        system, metric, stat,
        arg_min(
            struct_pack(state := state, warning := warning, critical := critical),
            case state when 'critical' then 0 when 'warning' then 1 when 'unknown' then 2 else 3 end
        ) as worst
    from verdicts
    group by all
)
select
    l.system, l.series_id, l.metric, l.stat, l.dims, l.unit, l.value, l.n, l.seen, l.source,
    r.worst['state'] as state, r.worst['warning'] as warning, r.worst['critical'] as critical
from latest_values l
left join ruled r on r.system = l.system and r.metric = l.metric
    and (r.stat = l.stat or (l.stat = 'last' and r.stat in ('avg', 'min', 'max')))
where l.stat not in ('counter', 'bucket');

-- One row per thing that happened to a system and belongs on its charts.
create or replace view system_marks as
select system, since as seen, 'breach' as kind, severity || ': ' || rule as text
from breaches
where opened is not null
union all
select system, moved as seen, 'change' as kind, change_class || ': ' || title as text
from change_moments
union all
select system, started as seen, 'incident' as kind, level || ': ' || title as text
from incident_list;

-- One row per entry of the log of what people did, in the form that is exported; is_of_change tells whether its subject is
-- a change.
create or replace view audit_list as
select
    a.sequence, a.written, a.actor, a.action, a.subject.regexp_replace('^change:', '') as subject, a.detail, a.result, a.why, a.content_hash, a.owner_uid, a.login_uid,
    a.signature, a.form, a.store_id, a.previous_hash, a.hash, c.change_id is not null as is_of_change
from audit a
left join changes c on c.change_id = a.subject.regexp_replace('^change:', '');

-- One row per change with what the log says of it: how many entries, accepted decisions and decisions on other content
-- than it has now, when first and last.
create or replace view audited_changes as
select
    c.change_id, c.system, c.change_class, c.title, c.state, c.author, c.requested, c.source, c.url, c.from_ref, c.to_ref,
    c.content_hash, c.first_seen, c.settled, c.waiting_since,
    count(a.sequence) as entries, min(a.written) as first_entry, max(a.written) as last_entry,
    count(*) filter (where a.content_hash not in ('', c.content_hash)) as of_other_content
from change_list c
left join audit_list a on a.subject = c.change_id
group by all;
