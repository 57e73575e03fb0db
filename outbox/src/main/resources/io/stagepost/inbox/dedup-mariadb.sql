-- The dedup store on MariaDB 10.6 or later, or MySQL 8. Safe to run again; fits into any migration tool.
-- One row for each event, or business key, that is being handled or was: until_ms is when its lease ends, or
-- when it may be forgotten, in milliseconds since 1970 by the server's clock. Text is UTF-8 in varbinary.
create table if not exists stagepost_dedup (
  consumer varbinary(512) not null,
  identity varbinary(512) not null,
  holder   varbinary(512) not null,
  token    varbinary(64)  not null,
  done     boolean        not null,
  until_ms bigint         not null,
  primary key (consumer, identity),
  key stagepost_dedup_until (until_ms)
) engine = InnoDB;
