-- The outbox on PostgreSQL 13 or later. Safe to run again; fits into any migration tool.
--
-- Another name than stagepost_outbox, perhaps with a schema: replace it everywhere below, and give it to
-- Outbox.builder(...).table(...).
--
-- One sequence per shard. For another number of shards than 8, say so before running this in the
-- same transaction, and give the same number to Outbox.builder(...).shards(...):
--   select set_config('stagepost.shards', '16', true);

-- Rows live for milliseconds: pages are written full, and vacuum comes by the number of dead rows
-- (a share of a table that is nearly empty says nothing), unthrottled.
create table if not exists stagepost_outbox (
  shard      smallint    not null,
  id         bigint      not null,
  address    text        not null,
  key        bytea,
  headers    bytea       not null,
  body       bytea,
  created_at timestamptz not null default now(),
  primary key (shard, id)
) with (
  fillfactor = 100,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_cost_delay = 0
);

-- Up to where a shard is finished, and how often that was taken back. One row per shard, updated in place
-- again and again.
create table if not exists stagepost_outbox_mark (
  shard smallint not null primary key,
  low   bigint   not null,
  epoch bigint   not null default 0
) with (fillfactor = 50);

-- Rows that the broker refused, with its reason. They wait for a person; what holds, with its key's later rows.
create table if not exists stagepost_outbox_parked (
  shard      smallint    not null,
  id         bigint      not null,
  address    text        not null,
  key        bytea,
  headers    bytea       not null,
  body       bytea,
  created_at timestamptz not null,
  parked_at  timestamptz not null,
  error      text        not null,
  holds      boolean     not null,
  primary key (shard, id)
);

-- Ids must grow in the order in which they are drawn: CACHE 1, and never set back.
do $$
begin
  for shard in 0 .. coalesce(nullif(current_setting('stagepost.shards', true), ''), '8')::int - 1 loop
    execute format('create sequence if not exists stagepost_outbox_id_%s as bigint cache 1', shard);
  end loop;
end
$$;
