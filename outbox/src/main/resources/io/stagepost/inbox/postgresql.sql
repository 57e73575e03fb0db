-- The inbox on PostgreSQL 14 or later. Safe to run again; fits into any migration tool. It belongs into the
-- database whose effects it guards, since it takes part in their transactions. The role that runs the
-- service must own these tables: it creates partitions ahead and drops those that are too old.
--
-- For other names replace stagepost_inbox throughout, and give the name to JdbcInbox.builder(...).table(...).

-- One row for each event that a consumer has handled, or found to be a duplicate by its
-- idempotency key. Values of more than 512 bytes are stored as sha256:<hex>. Partitions are days (UTC) of
-- the events' own time, named stagepost_inbox_<yyyymmdd>, each with the primary key (consumer, source, id).
create table if not exists stagepost_inbox (
  consumer     text        not null,
  source       text        not null,
  id           text        not null,
  event_time   timestamptz not null,
  received_at  timestamptz not null,
  duplicate_of text
) partition by range (event_time);

-- Which event holds an idempotency key, and until when; refused if that event became a dead letter or was
-- parked.
create table if not exists stagepost_inbox_key (
  consumer   text        not null,
  key_text   text        not null,
  source     text        not null,
  id         text        not null,
  refused    boolean     not null,
  held_until timestamptz not null,
  primary key (consumer, key_text)
);
create index if not exists stagepost_inbox_key_held_until on stagepost_inbox_key (held_until);

-- One row: up to which time of events nothing is remembered any more, and when somebody last kept house.
create table if not exists stagepost_inbox_mark (
  one              smallint    not null default 1 primary key check (one = 1),
  forgotten_before timestamptz not null,
  kept_at          timestamptz not null
) with (fillfactor = 50);
insert into stagepost_inbox_mark (forgotten_before, kept_at)
values ('1970-01-01 00:00:00Z', '1970-01-01 00:00:00Z') on conflict do nothing;
