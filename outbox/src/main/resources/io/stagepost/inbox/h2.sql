-- The inbox on H2 2.2 or later. Safe to run again; fits into any migration tool. It belongs into the database
-- whose effects it guards, since it takes part in their transactions.
--
-- For other names replace stagepost_inbox throughout, and give the name to JdbcInbox.builder(...).table(...).
-- Times are in UTC.

-- One row for each event that a consumer has handled, or found to be a duplicate by its
-- idempotency key. Values of more than 512 bytes are stored as sha256:<hex>.
create table if not exists stagepost_inbox (
  consumer     varchar(512) not null,
  source       varchar(512) not null,
  id           varchar(512) not null,
  event_time   timestamp(6) not null,
  received_at  timestamp(6) not null,
  duplicate_of varchar(1100),
  primary key (consumer, source, id)
);
create index if not exists stagepost_inbox_event_time on stagepost_inbox (event_time);

-- Which event holds an idempotency key, and until when; refused if that event became a dead letter or was
-- parked.
create table if not exists stagepost_inbox_key (
  consumer   varchar(512) not null,
  key_text   varchar(512) not null,
  source     varchar(512) not null,
  id         varchar(512) not null,
  refused    boolean      not null,
  held_until timestamp(6) not null,
  primary key (consumer, key_text)
);
create index if not exists stagepost_inbox_key_held_until on stagepost_inbox_key (held_until);

-- One row: up to which time of events nothing is remembered any more, and when somebody last kept house.
create table if not exists stagepost_inbox_mark (
  one              smallint     default 1 primary key check (one = 1),
  forgotten_before timestamp(6) not null,
  kept_at          timestamp(6) not null
);
merge into stagepost_inbox_mark as m using (values (1)) as given (one) on m.one = given.one
when not matched then insert (one, forgotten_before, kept_at)
values (1, timestamp '1970-01-01 00:00:00', timestamp '1970-01-01 00:00:00');
