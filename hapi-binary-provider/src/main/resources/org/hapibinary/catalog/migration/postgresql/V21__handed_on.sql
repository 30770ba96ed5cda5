-- how many chunks a finished one has handed on: an export is complete when all of these are finished; null where that is not
-- said, as by a server of the version before, and -1 for a chunk that was not to be used
alter table HBP_EXPORT_CHUNK add column HANDED_ON integer;
