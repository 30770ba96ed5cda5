create table HBP_CATALOG (
    CATALOG_ID varchar(12) not null primary key
);

-- tells this catalog's content from any other in the same store
insert into HBP_CATALOG (CATALOG_ID) values (substring(cast(random_uuid() as varchar(36)) from 1 for 8));
