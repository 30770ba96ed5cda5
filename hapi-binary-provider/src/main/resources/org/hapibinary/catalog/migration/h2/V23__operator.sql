-- clients that the operator has put on hold; the key is the SHA-256 of issuer, line feed and client id
create table HBP_HELD_CLIENT (
    CLIENT_KEY varchar(64)                 not null primary key,
    ISSUER     varchar(1000)               not null,
    CLIENT_ID  varchar(500)                not null,
    HELD_AT    timestamp(6) with time zone not null,
    HELD_BY    varchar(200)                not null,
    REASON     varchar(1000)               not null
);

-- downloads by outcome and refusals by reason, of all servers, by the hour; kept for two days
create table HBP_ACTIVITY (
    HOUR_AT timestamp(6) with time zone not null,
    KIND    varchar(20)                 not null,
    NAME    varchar(60)                 not null,
    EVENTS  bigint                      not null,
    BYTES   bigint                      not null,
    primary key (HOUR_AT, KIND, NAME)
);

-- what was downloaded of an export
alter table HBP_EXPORT add column DOWNLOADS bigint default 0 not null;
alter table HBP_EXPORT add column DOWNLOADED_BYTES bigint default 0 not null;

-- the operator's list, a page at a time
create index HBP_EXPORT_STARTED on HBP_EXPORT (STARTED_AT, EXPORT_ID);
create index HBP_EXPORT_IN_STATE on HBP_EXPORT (STATE, STARTED_AT, EXPORT_ID);
create index HBP_EXPORT_OF_CLIENT on HBP_EXPORT (CLIENT_ID, STARTED_AT, EXPORT_ID);

-- what needs the operator's attention, and what is being read
create index HBP_EXPORT_FAILED on HBP_EXPORT (STATE, ENDED_AT);
create index HBP_EXPORT_FILE_DAMAGED on HBP_EXPORT_FILE (DAMAGED);
create index HBP_EXPORT_FILE_READ on HBP_EXPORT_FILE (READ_AT);
