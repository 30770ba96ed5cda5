-- what was asked for; of exports of the version before it is in their URLs
alter table HBP_EXPORT add column TENANT varchar(200);
alter table HBP_EXPORT add column EXPORT_LEVEL varchar(10);

-- the patients that were named, separated by spaces; null for all there are
alter table HBP_EXPORT add column PATIENTS varchar(1000000);

-- when its status was asked for at last, where there is a limit to that
alter table HBP_EXPORT add column POLLED_AT timestamp(6) with time zone;

-- rows to lock for what one server may do at a time
create table HBP_LOCK (
    NAME varchar(40) not null,
    primary key (NAME)
);
insert into HBP_LOCK (NAME) values ('KICK_OFF');

-- what a client has is counted with each of its kick-offs
create index HBP_EXPORT_CLIENT on HBP_EXPORT (CLIENT_ID, STATE);
