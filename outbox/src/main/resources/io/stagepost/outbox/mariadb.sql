-- The outbox on MariaDB 10.6 or later, or MySQL 8. Safe to run again; fits into any migration tool.
--
-- Another name than stagepost_outbox, perhaps with a schema: replace it everywhere below, and give it to
-- Outbox.builder(...).table(...).

-- Rows lie by shard, in the order in which they are sent: measured, a relay is a tenth faster so than with id as the
-- primary key and an index on (shard, id), and inserting takes the same. Ids are drawn for all shards from one counter,
-- and grow.
create table if not exists stagepost_outbox (
  shard        smallint      not null,
  id           bigint        not null auto_increment,
  address      varchar(1024) not null,
  ordering_key blob,
  headers      mediumblob    not null,
  body         longblob,
  created_at   timestamp(6)  not null default current_timestamp(6),
  primary key (shard, id),
  key by_id (id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- Up to where a shard is finished, and how often that was taken back. One row per shard, which is locked by the
-- relay that works on it.
create table if not exists stagepost_outbox_mark (
  shard smallint not null primary key,
  low   bigint   not null,
  epoch bigint   not null
) engine = InnoDB;

-- Rows that the broker refused, with its reason. They wait for a person; what holds, with its key's later rows.
create table if not exists stagepost_outbox_parked (
  shard        smallint      not null,
  id           bigint        not null,
  address      varchar(1024) not null,
  ordering_key blob,
  headers      mediumblob    not null,
  body         longblob,
  created_at   timestamp(6)  not null default current_timestamp(6),
  parked_at    timestamp(6)  not null default current_timestamp(6),
  error        mediumtext    not null,
  holds        boolean       not null,
  primary key (shard, id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;

-- What keys are locked by, of an outbox that locks them (strict order).
create table if not exists stagepost_outbox_lock (
  slot smallint not null primary key
) engine = InnoDB;

-- For another number of shards than 8: other rows, and the same number for Outbox.builder(...).shards(...).
insert ignore into stagepost_outbox_mark (shard, low, epoch) values
  (0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0), (4, 0, 0), (5, 0, 0), (6, 0, 0), (7, 0, 0);

insert ignore into stagepost_outbox_lock (slot)
select a.n + 16 * b.n from
  (select 0 n union all select 1 union all select 2 union all select 3 union all select 4 union all select 5
   union all select 6 union all select 7 union all select 8 union all select 9 union all select 10 union all select 11
   union all select 12 union all select 13 union all select 14 union all select 15) a,
  (select 0 n union all select 1 union all select 2 union all select 3 union all select 4 union all select 5
   union all select 6 union all select 7 union all select 8 union all select 9 union all select 10 union all select 11
   union all select 12 union all select 13 union all select 14 union all select 15) b;
