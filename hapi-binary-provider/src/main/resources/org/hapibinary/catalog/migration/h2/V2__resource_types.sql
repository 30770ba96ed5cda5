alter table HBP_EXPORT add column RESOURCE_TYPES varchar(10000) default '' not null;
