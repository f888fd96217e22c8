-- Step 7: the change ledger: what people request, say and decide of changes.

-- What an event carries beyond its words, as canonical JSON, and the SSH signature of who wrote it; empty for most.
alter table events add column payload varchar default '';
alter table events add column signature varchar default '';

-- What a person said when requesting a change; what is to change has its row in changes. editor is who moved the content
-- last, evidence and rollback are what the requester gave, incident is what an emergency names.
create table requests (
    change_id varchar primary key, event_id varchar not null, requester varchar not null, requester_uid bigint not null,
    editor varchar not null, reason varchar not null, rollback varchar not null, evidence varchar not null,
    incident varchar not null, written timestamp not null, edited timestamp not null
);

-- One row per thing that a person said of a change, in the order of deciding: counted, refused, or void since its content
-- moved (why says it). role is all that the person was for the change; fingerprint that of the key that signed it.
create table decisions (
    event_id varchar primary key, change_id varchar not null, decision varchar not null, content_hash varchar not null,
    person varchar not null, role varchar not null, reason varchar not null, items varchar not null,
    evidence_hash varchar not null, state varchar not null check (state in ('counted', 'refused', 'void')),
    why varchar not null, expires timestamp, written timestamp not null, decided timestamp not null,
    voided timestamp, actor varchar not null, actor_uid bigint not null, login_uid bigint not null,
    fingerprint varchar not null
);

-- Where each change stands, replaced as a whole at each judging; frozen says why its system takes no change now.
create table change_states (
    change_id varchar not null, state varchar not null, note varchar not null, approvals integer not null,
    needed varchar not null, missing varchar not null, evidence_hash varchar not null, frozen varchar not null,
    is_late boolean not null, reviews integer not null, review_due timestamp, applied timestamp, watch_until timestamp,
    judged timestamp not null
);

-- The evidence that each change that is not settled needs, in the order of its class; replaced as a whole at each judging.
create table change_evidence (
    change_id varchar not null, place integer not null, item varchar not null,
    state varchar not null check (state in ('present', 'missing', 'failing', 'inconclusive')),
    words varchar not null, waived timestamp
);
