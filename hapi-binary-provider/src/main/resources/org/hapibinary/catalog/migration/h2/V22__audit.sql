-- audit events that have not reached their sinks yet, and those of downloads that are under way
create table HBP_AUDIT (
    EVENT_ID varchar(36)                 not null primary key,
    SERVER   varchar(60)                 not null,
    IS_OPEN  boolean                     not null,
    EVENT    varchar(1000000)            not null,
    SINKS    varchar(100)                not null,
    ATTEMPTS integer                     not null,
    DUE_AT   timestamp(6) with time zone not null
);
create index HBP_AUDIT_DUE on HBP_AUDIT (DUE_AT);
create index HBP_AUDIT_OPEN on HBP_AUDIT (SERVER, IS_OPEN);

-- when the event of its expiry was recorded
alter table HBP_EXPORT add column EXPIRY_NOTED_AT timestamp(6) with time zone;

-- the gauge of events that wait for a sink
create index HBP_AUDIT_WAITING on HBP_AUDIT (ATTEMPTS);
