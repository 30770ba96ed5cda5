alter table HBP_EXPORT add column BASE_URL varchar(1000) default '' not null;
alter table HBP_EXPORT add column ERASED_AT timestamp(6) with time zone;
alter table HBP_EXPORT add column FINISH_AFTER timestamp(6) with time zone;
create index HBP_EXPORT_ERASED on HBP_EXPORT (ERASED_AT);

-- an error file belongs to no chunk
alter table HBP_EXPORT_FILE alter column CHUNK_ID set null;
alter table HBP_EXPORT_FILE add column READ_AT timestamp(6) with time zone;
alter table HBP_EXPORT_FILE add column ERASURE_FAILURES integer default 0 not null;
alter table HBP_EXPORT_FILE add column ERASE_AFTER timestamp(6) with time zone;

create table HBP_EXPORT_ATTACHMENT (
    BINARY_ID     varchar(64)                 not null,
    FILE_ID       varchar(64)                 not null references HBP_EXPORT_FILE on delete cascade,
    VERSION_ID    varchar(64)                 not null,
    FILE_NAME     varchar(300)                not null,
    CONTENT_TYPE  varchar(200)                not null,
    CONTENT_ID    varchar(200),
    CONTENT_SIZE  bigint                      not null,
    SHA256        varchar(64)                 not null,
    LAST_MODIFIED timestamp(6) with time zone not null,
    primary key (BINARY_ID, FILE_ID)
);
create index HBP_EXPORT_ATTACHMENT_FILE on HBP_EXPORT_ATTACHMENT (FILE_ID);

create table HBP_EXPORT_ISSUE (
    ISSUE_ID    bigint       not null generated always as identity primary key,
    EXPORT_ID   varchar(36)  not null references HBP_EXPORT on delete cascade,
    CHUNK_ID    varchar(100) references HBP_EXPORT_CHUNK,
    SEVERITY    varchar(20)  not null,
    CODE        varchar(40)  not null,
    DIAGNOSTICS varchar(2000) not null
);
create index HBP_EXPORT_ISSUE_EXPORT on HBP_EXPORT_ISSUE (EXPORT_ID, ISSUE_ID);
create index HBP_EXPORT_ISSUE_CHUNK on HBP_EXPORT_ISSUE (CHUNK_ID);
