create table HBP_EXPORT (
    EXPORT_ID    varchar(36)                 not null primary key,
    JOB_ID       varchar(100),
    STATE        varchar(20)                 not null,
    ISSUER       varchar(1000)               not null,
    CLIENT_ID    varchar(500)                not null,
    USER_ID      varchar(500),
    SCOPES       varchar(65536)              not null,
    EXPORTED     varchar(100),
    REQUEST_URL  varchar(65536)              not null,
    STARTED_AT   timestamp(6) with time zone not null,
    ACTIVE_AT    timestamp(6) with time zone not null,
    ENDED_AT     timestamp(6) with time zone,
    EXPIRES_AT   timestamp(6) with time zone,
    constraint HBP_EXPORT_JOB unique (JOB_ID)
);

create table HBP_EXPORT_CHUNK (
    CHUNK_ID     varchar(100)                not null primary key,
    EXPORT_ID    varchar(36)                 not null references HBP_EXPORT,
    ATTEMPT      integer                     not null,
    FINISHED     boolean                     not null,
    ACTIVE_AT    timestamp(6) with time zone
);
create index HBP_EXPORT_CHUNK_EXPORT on HBP_EXPORT_CHUNK (EXPORT_ID);

create table HBP_EXPORT_FILE (
    BINARY_ID     varchar(64)                 not null primary key,
    EXPORT_ID     varchar(36)                 not null references HBP_EXPORT,
    CHUNK_ID      varchar(100)                not null references HBP_EXPORT_CHUNK,
    STATE         varchar(20)                 not null,
    KIND          varchar(20)                 not null,
    RESOURCE_TYPE varchar(64)                 not null,
    FILE_NAME     varchar(300),
    CONTENT_TYPE  varchar(200)                not null,
    CONTENT_ID    varchar(200)                not null,
    CONTENT_SIZE  bigint                      not null,
    SHA256        varchar(64)                 not null,
    LINE_COUNT    bigint                      not null,
    LAST_MODIFIED timestamp(6) with time zone not null
);
create index HBP_EXPORT_FILE_EXPORT on HBP_EXPORT_FILE (EXPORT_ID);
create index HBP_EXPORT_FILE_CHUNK on HBP_EXPORT_FILE (CHUNK_ID);
create index HBP_EXPORT_FILE_STATE on HBP_EXPORT_FILE (STATE, LAST_MODIFIED);
