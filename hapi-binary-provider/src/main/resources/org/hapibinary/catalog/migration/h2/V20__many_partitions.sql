-- a client may have access to hundreds of partitions, each of which is named
alter table HBP_EXPORT alter column RECORD_PARTITION set data type varchar(1000000);
