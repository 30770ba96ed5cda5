-- whether the policy limited the client at the kick-off; null of exports that were started before this was recorded
alter table HBP_EXPORT add column LIMITED_CLIENT boolean;

-- what an attachment was permitted by; null of those that were added before this was recorded
alter table HBP_EXPORT_ATTACHMENT add column PERMITTED_BY varchar(20);
