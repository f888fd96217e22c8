-- Step 3: large stores keep old raw samples in files.

-- One row per UTC day whose raw samples lie in raw/<file>, not in samples; a day is in one of both.
create table raw_days (day date not null, file varchar not null);
