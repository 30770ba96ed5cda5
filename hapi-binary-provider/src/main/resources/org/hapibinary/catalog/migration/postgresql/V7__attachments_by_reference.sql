alter table HBP_EXPORT add column RECORD_PARTITION varchar(2000);

-- what an attachment holds is looked at when somebody asks for it
alter table HBP_EXPORT_ATTACHMENT drop column CONTENT_TYPE;
alter table HBP_EXPORT_ATTACHMENT drop column CONTENT_ID;
alter table HBP_EXPORT_ATTACHMENT drop column CONTENT_SIZE;
alter table HBP_EXPORT_ATTACHMENT drop column SHA256;
alter table HBP_EXPORT_ATTACHMENT drop column LAST_MODIFIED;
alter table HBP_EXPORT_ATTACHMENT rename column FILE_NAME to TITLE;
alter table HBP_EXPORT_ATTACHMENT alter column TITLE drop not null;

-- a row here would wait for whoever ends the export, and keep the chunks' rows from being deleted
alter table HBP_EXPORT_ISSUE drop constraint HBP_EXPORT_ISSUE_EXPORT_ID_FKEY;
alter table HBP_EXPORT_ISSUE drop constraint HBP_EXPORT_ISSUE_CHUNK_ID_FKEY;

-- most files are erased ones that wait for the end of their tombstones
create index HBP_EXPORT_FILE_UNERASED on HBP_EXPORT_FILE (EXPORT_ID) where STATE <> 'ERASED';
