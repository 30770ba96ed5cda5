-- what an attachment holds, once somebody has asked for it: a version of a document does not change
alter table HBP_EXPORT_ATTACHMENT add column CONTENT_TYPE varchar(200);
alter table HBP_EXPORT_ATTACHMENT add column CONTENT_SIZE bigint;
alter table HBP_EXPORT_ATTACHMENT add column SHA256 varchar(64);
alter table HBP_EXPORT_ATTACHMENT add column LAST_MODIFIED timestamp(6) with time zone;
