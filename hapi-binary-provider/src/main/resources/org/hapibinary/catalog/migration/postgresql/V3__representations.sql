alter table HBP_EXPORT_FILE add column GZIP_CONTENT_ID varchar(200);
alter table HBP_EXPORT_FILE add column GZIP_SIZE bigint;
alter table HBP_EXPORT_FILE add column GZIP_SHA256 varchar(64);
alter table HBP_EXPORT_FILE add column CHECKED_AT timestamp(6) with time zone;
alter table HBP_EXPORT_FILE add column DAMAGED boolean default false not null;
create index HBP_EXPORT_FILE_CHECKED on HBP_EXPORT_FILE (CHECKED_AT);
