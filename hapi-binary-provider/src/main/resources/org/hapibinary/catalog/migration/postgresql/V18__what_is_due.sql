-- when the sweep is to look at it; null as long as there is nothing to look for
alter table HBP_EXPORT add column DUE_AT timestamp(6) with time zone;
alter table HBP_EXPORT_FILE add column DUE_AT timestamp(6) with time zone;
update HBP_EXPORT_FILE set DUE_AT = current_timestamp where STATE = 'DISCARDED';
create index HBP_EXPORT_DUE on HBP_EXPORT (DUE_AT) where DUE_AT is not null;
create index HBP_EXPORT_FILE_DUE on HBP_EXPORT_FILE (DUE_AT) where DUE_AT is not null;

-- what servers of the version before end without saying when it is due
create index HBP_EXPORT_NOT_DUE on HBP_EXPORT (EXPORT_ID) where DUE_AT is null and STATE <> 'RUNNING';

-- the content that was checked longest ago comes first
drop index HBP_EXPORT_FILE_CHECKED;
create index HBP_EXPORT_FILE_CHECKED on HBP_EXPORT_FILE (CHECKED_AT nulls first, BINARY_ID)
    where STATE = 'AVAILABLE';

-- the alarm is counted with each sweep
create index HBP_EXPORT_FILE_FAILED on HBP_EXPORT_FILE (BINARY_ID)
    where ERASURE_FAILURES > 0 and STATE <> 'ERASED';

-- which servers are at work
create index HBP_EXPORT_CHUNK_ACTIVE on HBP_EXPORT_CHUNK (ACTIVE_AT) where ACTIVE_AT is not null;

-- the attachments of a file, a page at a time
create index HBP_EXPORT_ATTACHMENT_OF_FILE on HBP_EXPORT_ATTACHMENT (FILE_ID, BINARY_ID);
drop index HBP_EXPORT_ATTACHMENT_FILE;

-- bytes that its files take up in the store, both representations; the limits of a client are held to the sum
alter table HBP_EXPORT add column STORED_BYTES bigint default 0 not null;
update HBP_EXPORT set STORED_BYTES = stored.BYTES
    from (select f.EXPORT_ID, sum(f.CONTENT_SIZE + coalesce(f.GZIP_SIZE, 0)) as BYTES
        from HBP_EXPORT_FILE f where f.STATE <> 'ERASED' group by f.EXPORT_ID) stored
    where stored.EXPORT_ID = HBP_EXPORT.EXPORT_ID;
create index HBP_EXPORT_STORED on HBP_EXPORT (CLIENT_ID) include (STORED_BYTES) where STORED_BYTES > 0;

-- the key of the content by which the store shows that it is this catalog's, and of the one that takes its place
alter table HBP_CATALOG add column STORE_MARK varchar(200);
alter table HBP_CATALOG add column NEXT_STORE_MARK varchar(200);
alter table HBP_CATALOG add column STORE_MARKED_AT timestamp(6) with time zone;

-- what tells this database from a copy of it; null where the database does not say
alter table HBP_CATALOG add column HOME varchar(200);

-- when a server has begun to search the store for orphans at last
alter table HBP_CATALOG add column ORPHANS_SOUGHT_AT timestamp(6) with time zone;
