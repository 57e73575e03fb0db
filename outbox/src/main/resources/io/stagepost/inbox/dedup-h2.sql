-- The dedup store on H2 2.2 or later. Safe to run again; fits into any migration tool.
-- One row for each event, or business key, that is being handled or was: until_ms is when its lease ends, or
-- when it may be forgotten, in milliseconds since 1970 by the server's clock.
create table if not exists stagepost_dedup (
  consumer varchar(512) not null,
  identity varchar(512) not null,
  holder   varchar(512) not null,
  token    varchar(64)  not null,
  done     boolean      not null,
  until_ms bigint       not null,
  primary key (consumer, identity)
);
create index if not exists stagepost_dedup_until on stagepost_dedup (until_ms);
