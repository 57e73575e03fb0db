package io.stagepost.outbox;

import io.stagepost.outbox.store.Depth;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.spi.Observer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Tells an observer every ten seconds what waits in an outbox. On a thread of its own, with a
 * connection that it takes for each measurement: a relay that waits for a broker does not measure,
 * and one that counts does not send.
 */
final class DepthWatch implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Relay.class.getName());
  private static final Duration EVERY = Duration.ofSeconds(10);

  /** How often it looks at the clock. */
  private static final Duration TICK = Duration.ofSeconds(1);

  /** How long the database may take; also how long {@link #close} may. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Counting takes the longer the more there are. */
  private static final long COUNTED = 100_000;

  private final Outbox outbox;
  private final Observer observer;
  private final InstantSource clock;
  private final WakeUp ticks = new WakeUp();
  private final Thread thread = new Thread(this::run, "stagepost-relay-depth");
  private boolean isFailing;

  DepthWatch(Outbox outbox, Observer observer, InstantSource clock) {
    this.outbox = outbox;
    this.observer = observer;
    this.clock = clock;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    Instant due = Instant.MIN;
    while (!ticks.isClosed()) {
      Instant now = clock.instant();
      if (Shard.isTime(due, now, EVERY)) {
        due = now.plus(EVERY);
        measure();
      }
      ticks.pause(TICK);
    }
  }

  private void measure() {
    try {
      Depth depth = outbox.onConnection("The outbox could not measure its depth", this::depth);
      observer.outboxMeasured(outbox.table(), depth.rows(), depth.oldest(), depth.parked());
      isFailing = false;
    } catch (Throwable failure) {
      if (!isFailing && !ticks.isClosed()) {
        isFailing = true;
        LOG.log(
            Level.WARNING,
            "SP-OUTBOX-029 What waits in the outbox could not be measured, so observers are told"
                + " nothing of it. It is tried again every "
                + EVERY
                + ", and said again once it has succeeded and fails anew.",
            failure);
      }
    }
  }

  /** Given up in time, so that a server that does not answer is noticed. */
  private Depth depth(OutboxStore store, Connection connection) throws SQLException {
    int before = connection.getNetworkTimeout();
    connection.setNetworkTimeout(Runnable::run, Math.toIntExact(TIMEOUT.toMillis()));
    try {
      return store.depth(connection, COUNTED);
    } finally {
      if (!connection.isClosed()) {
        connection.setNetworkTimeout(Runnable::run, before);
      }
    }
  }

  /** Waits for a measurement under way. */
  @Override
  public void close() {
    ticks.close();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join(TIMEOUT.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
