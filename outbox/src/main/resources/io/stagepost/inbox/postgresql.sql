-- The inbox on PostgreSQL 13 or later. Safe to run again; fits into any migration tool. It belongs into the
-- database whose effects it guards, since it takes part in their transactions.

-- One row for each event that a consumer has handled, or found to be a duplicate by its
-- idempotency key. Values of more than 512 bytes are stored as sha256:<hex>.
create table if not exists stagepost_inbox (
  consumer     text        not null,
  source       text        not null,
  id           text        not null,
  received_at  timestamptz not null,
  duplicate_of text,
  primary key (consumer, source, id)
);

-- Which event holds an idempotency key; refused if that event became a dead letter or was parked.
create table if not exists stagepost_inbox_key (
  consumer text    not null,
  key      text    not null,
  source   text    not null,
  id       text    not null,
  refused  boolean not null,
  primary key (consumer, key)
);
