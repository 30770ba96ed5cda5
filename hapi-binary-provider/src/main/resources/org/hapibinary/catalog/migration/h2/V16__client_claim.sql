-- the claim of the kick-off's token that named the client; null for exports from before, where it is not compared
alter table HBP_EXPORT add column CLIENT_CLAIM varchar(100);
