-- The inbox on MariaDB 10.6 or later, or MySQL 8. Safe to run again; fits into any migration tool. It belongs
-- into the database whose effects it guards, since it takes part in their transactions.
--
-- For other names replace stagepost_inbox throughout, and give the name to JdbcInbox.builder(...).table(...).
-- Text is UTF-8 in varbinary, which compares exactly, trailing spaces too; to read it:
--   select convert(id using utf8mb4) from stagepost_inbox. Times are in UTC.

-- One row for each event that a consumer has handled, or found to be a duplicate by its
-- idempotency key. Values of more than 512 bytes are stored as sha256:<hex>.
create table if not exists stagepost_inbox (
  consumer     varbinary(512)  not null,
  source       varbinary(512)  not null,
  id           varbinary(512)  not null,
  event_time   datetime(6)     not null,
  received_at  datetime(6)     not null,
  duplicate_of varbinary(1100),
  primary key (consumer, source, id),
  key stagepost_inbox_event_time (event_time)
) engine = InnoDB;

-- Which event holds an idempotency key, and until when; refused if that event became a dead letter or was
-- parked.
create table if not exists stagepost_inbox_key (
  consumer   varbinary(512) not null,
  key_text   varbinary(512) not null,
  source     varbinary(512) not null,
  id         varbinary(512) not null,
  refused    boolean        not null,
  held_until datetime(6)    not null,
  primary key (consumer, key_text),
  key stagepost_inbox_key_held_until (held_until)
) engine = InnoDB;

-- One row: up to which time of events nothing is remembered any more, and when somebody last kept house.
create table if not exists stagepost_inbox_mark (
  one              smallint    not null default 1 primary key,
  forgotten_before datetime(6) not null,
  kept_at          datetime(6) not null
) engine = InnoDB;
insert ignore into stagepost_inbox_mark (one, forgotten_before, kept_at)
values (1, '1970-01-01 00:00:00', '1970-01-01 00:00:00');
