package io.stagepost.outbox.store;

import java.time.Duration;

/** Stores that are wrong on purpose, and what tests elsewhere need to know of the right ones. */
public final class Mutations {
  public static final Duration MARK_EVERY = Schedule.MARK_EVERY;
  public static final Duration SCAN_EVERY = Schedule.SCAN_EVERY;

  private Mutations() {}

  /** Takes the snapshot's xmax for the horizon of holes: trap 1. */
  public static OutboxStore.Factory xmaxAsHorizon() {
    return (table, shards) ->
        new PostgresStore(
            table,
            shards,
            new PostgresSession.Tuning("pg_snapshot_xmax(pg_current_snapshot())", 2_000, null));
  }

  /** Remembers so many missing ranges of a shard apart. */
  public static OutboxStore.Factory ranges(int max) {
    return (table, shards) ->
        new PostgresStore(
            table, shards, new PostgresSession.Tuning("pg_current_xact_id()", max, null));
  }

  /** Forgets every missing id at once: no gaps are tracked. */
  public static OutboxStore.Factory noGapTracking() {
    return (table, shards) ->
        new PostgresStore(table, shards, new PostgresSession.Tuning("0", 2_000, null));
  }

  /** Reads what is missing and what is new in two statements, and does something in between. */
  public static OutboxStore.Factory twoFetches(Runnable between) {
    return (table, shards) ->
        new PostgresStore(
            table, shards, new PostgresSession.Tuning("pg_current_xact_id()", 2_000, between));
  }
}
