alter table HBP_EXPORT add column RECORD_PARTITION varchar(2000);

-- what an attachment holds is looked at when somebody asks for it
alter table HBP_EXPORT_ATTACHMENT drop column CONTENT_TYPE;
alter table HBP_EXPORT_ATTACHMENT drop column CONTENT_ID;
alter table HBP_EXPORT_ATTACHMENT drop column CONTENT_SIZE;
alter table HBP_EXPORT_ATTACHMENT drop column SHA256;
alter table HBP_EXPORT_ATTACHMENT drop column LAST_MODIFIED;
alter table HBP_EXPORT_ATTACHMENT alter column FILE_NAME rename to TITLE;
alter table HBP_EXPORT_ATTACHMENT alter column TITLE drop not null;

-- a row here would wait for whoever ends the export, and keep the chunks' rows from being deleted
create table HBP_EXPORT_SAID (
    ISSUE_ID    bigint       not null generated always as identity primary key,
    EXPORT_ID   varchar(36)  not null,
    CHUNK_ID    varchar(100),
    SEVERITY    varchar(20)  not null,
    CODE        varchar(40)  not null,
    DIAGNOSTICS varchar(2000) not null
);
insert into HBP_EXPORT_SAID (EXPORT_ID, CHUNK_ID, SEVERITY, CODE, DIAGNOSTICS)
    select EXPORT_ID, CHUNK_ID, SEVERITY, CODE, DIAGNOSTICS from HBP_EXPORT_ISSUE order by ISSUE_ID;
drop table HBP_EXPORT_ISSUE;
alter table HBP_EXPORT_SAID rename to HBP_EXPORT_ISSUE;
create index HBP_EXPORT_ISSUE_EXPORT on HBP_EXPORT_ISSUE (EXPORT_ID, ISSUE_ID);
create index HBP_EXPORT_ISSUE_CHUNK on HBP_EXPORT_ISSUE (CHUNK_ID);
