-- servers of the version before do not know this column: their files have a Binary of HAPI's
alter table HBP_EXPORT_FILE add column ENGINE_BINARY boolean default true not null;
create index HBP_EXPORT_FILE_ENGINE_BINARY on HBP_EXPORT_FILE (BINARY_ID) where ENGINE_BINARY;

-- the process that runs, or has run, a chunk
alter table HBP_EXPORT_CHUNK add column SERVER varchar(60);

-- the patients of an export, by HAPI's key
create table HBP_EXPORT_MEMBER (
    EXPORT_ID varchar(36) not null,
    RES_ID    bigint      not null,
    primary key (EXPORT_ID, RES_ID)
);

-- asked for every few seconds
create index HBP_EXPORT_RUNNING on HBP_EXPORT (STARTED_AT) where STATE = 'RUNNING';
