-- the elements that resources are limited to, separated by commas
alter table HBP_EXPORT add column ELEMENTS varchar(65536);

-- the manifest's transactionTime; null for exports of the version before, whose kick-off it is
alter table HBP_EXPORT add column TRANSACTION_AT timestamp(6) with time zone;

-- what has changed since is exported; null for all there is
alter table HBP_EXPORT add column CHANGED_SINCE timestamp(6) with time zone;

-- why it failed, for the client
alter table HBP_EXPORT add column FAILURE_CODE varchar(40);
alter table HBP_EXPORT add column FAILURE varchar(1000);

-- a patient that was deleted; what was theirs may have been deleted too
alter table HBP_EXPORT_MEMBER add column DELETED boolean default false not null;

-- resources that no patient owns and that what is exported refers to, by HAPI's key
create table HBP_EXPORT_SUPPORTING (
    EXPORT_ID varchar(36) not null,
    ATTEMPT   integer     not null,
    RES_ID    bigint      not null,
    FOUND_IN  integer     not null,
    primary key (EXPORT_ID, ATTEMPT, RES_ID)
);
