-- Step 9: entries of the log say who was recognised how, what was decided on, and whether it was accepted.

-- How an entry is written and hashed; entries from before this step keep form 1 and stay verifiable.
alter table audit add column form integer default 1;
-- The store that an entry was written for, so that entries of another log are seen.
alter table audit add column store_id varchar default '';
-- Identity evidence: owner of the spool file, login user (-1: not known), fingerprint of a checked signature.
alter table audit add column owner_uid bigint default -1;
alter table audit add column login_uid bigint default -1;
alter table audit add column signature varchar default '';
alter table audit add column content_hash varchar default '';
-- accepted or refused, and why it was refused.
alter table audit add column result varchar default 'accepted';
alter table audit add column why varchar default '';
