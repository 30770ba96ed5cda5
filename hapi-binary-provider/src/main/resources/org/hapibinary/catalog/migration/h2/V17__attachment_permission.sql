-- whether the policy limited the client at the kick-off; null of exports that were started before this was recorded
alter table HBP_EXPORT add column LIMITED_CLIENT boolean;
