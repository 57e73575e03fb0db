-- The dedup store on PostgreSQL 14 or later. Safe to run again; fits into any migration tool.
-- One row for each event, or business key, that is being handled or was: until_ms is when its lease ends, or
-- when it may be forgotten, in milliseconds since 1970 by the server's clock.
create table if not exists stagepost_dedup (
  consumer text    not null,
  identity text    not null,
  holder   text    not null,
  token    text    not null,
  done     boolean not null,
  until_ms bigint  not null,
  primary key (consumer, identity)
);
create index if not exists stagepost_dedup_until on stagepost_dedup (until_ms);
