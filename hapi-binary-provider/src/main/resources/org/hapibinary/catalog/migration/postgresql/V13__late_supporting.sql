-- a supporting resource that was found when what refers to it was written (FOUND_IN = 0): the chunk that writes it, and the
-- attempt at that chunk; null if none does so far
alter table HBP_EXPORT_SUPPORTING add column CLAIMED_BY varchar(100);
alter table HBP_EXPORT_SUPPORTING add column CLAIM integer;
