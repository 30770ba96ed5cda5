create table HBP_CONTENT (
    CONTENT_KEY  bigint                      not null generated always as identity primary key,
    CONTENT_ID   varchar(200)                not null,
    RESOURCE_ID  varchar(150)                not null,
    STATE        varchar(20)                 not null,
    CONTENT_TYPE varchar(200)                not null,
    CONTENT_SIZE bigint                      not null,
    CHUNK_BYTES  integer                     not null,
    SHA256       varchar(64)                 not null,
    STORED_AT    timestamp(6) with time zone not null,
    constraint HBP_CONTENT_ID unique (CONTENT_ID, RESOURCE_ID)
);

create table HBP_CONTENT_CHUNK (
    CONTENT_KEY  bigint                      not null references HBP_CONTENT on delete cascade,
    CHUNK_NUMBER integer                     not null,
    DATA         bytea                       not null,
    primary key (CONTENT_KEY, CHUNK_NUMBER)
);

-- neither kept in the row nor compressed
alter table HBP_CONTENT_CHUNK alter column DATA set storage external;
