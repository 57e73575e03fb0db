package io.stagepost.samples.shop;

import io.stagepost.samples.shop.InjectedFaults.InjectedFaultException;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Observer;
import io.stagepost.spi.Transport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Counts, for each event, how often its handling began, how often the inbox suppressed it as a
 * duplicate, and how often it failed on purpose. In the database, so that the count survives the
 * process: what a kill takes is the last milliseconds, so there is never too much in it.
 *
 * <p>Written by a thread of its own, since an observer must not block. Thread-safe.
 */
final class Tally implements Observer, AutoCloseable {
  private static final String TABLE =
      """
      CREATE TABLE IF NOT EXISTS tally (
        event_id text PRIMARY KEY, begun int NOT NULL, suppressed int NOT NULL,
        failed int NOT NULL)""";

  private static final String ADD =
      """
      INSERT INTO tally (event_id, begun, suppressed, failed) VALUES (?, ?, ?, ?)
      ON CONFLICT (event_id) DO UPDATE SET begun = tally.begun + excluded.begun,
        suppressed = tally.suppressed + excluded.suppressed,
        failed = tally.failed + excluded.failed""";

  private final DataSource database;
  private final Transport transport;
  private final BlockingQueue<Mark> marks = new LinkedBlockingQueue<>();
  private final Thread writer = new Thread(this::write, "tally");

  /** The events that are tried again: the next try is no redelivery, whatever its number. */
  private final Set<String> retried = ConcurrentHashMap.newKeySet();

  private Tally(DataSource database, Transport transport) {
    this.database = database;
    this.transport = transport;
  }

  private record Mark(String eventId, What what) {}

  private enum What {
    BEGUN,
    SUPPRESSED,
    FAILED,
    END
  }

  /** Starts to count, in a table of its own. */
  static Tally start(DataSource database, Transport transport) {
    Tally tally = new Tally(database, transport);
    tally.writer.start();
    return tally;
  }

  @Override
  public void started(String subscription, Delivery delivery, int attempt) {
    String id = id(delivery);
    if (attempt == 1 && !retried.contains(id)) {
      marks.add(new Mark(id, What.BEGUN));
    }
  }

  @Override
  public void ended(
      String subscription,
      Delivery delivery,
      int attempt,
      Ending ending,
      long nanos,
      @Nullable Throwable failure) {
    String id = id(delivery);
    if (ending == Ending.DUPLICATE) {
      marks.add(new Mark(id, What.SUPPRESSED));
    } else if (ending == Ending.RETRIED) {
      retried.add(id);
      if (failure instanceof InjectedFaultException) {
        marks.add(new Mark(id, What.FAILED));
      }
    }
  }

  @Override
  public void settled(String subscription, Delivery delivery) {
    if (!retried.isEmpty()) {
      retried.remove(id(delivery));
    }
  }

  private String id(Delivery delivery) {
    return transport.decode(delivery.message()).getId();
  }

  // ---- the writer ------------------------------------------------------------------------------

  private void write() {
    try (Connection connection = database.getConnection()) {
      Sql.update(connection, TABLE);
      connection.setAutoCommit(false);
      write(connection);
    } catch (SQLException | InterruptedException failure) {
      throw new IllegalStateException("The tally cannot be written", failure);
    }
  }

  private void write(Connection connection) throws SQLException, InterruptedException {
    try (PreparedStatement add = connection.prepareStatement(ADD)) {
      boolean open = true;
      while (open) {
        List<Mark> some = new ArrayList<>(List.of(marks.take()));
        marks.drainTo(some, 500);
        for (Mark mark : some) {
          if (mark.what == What.END) {
            open = false;
          } else {
            add.setString(1, mark.eventId);
            add.setInt(2, mark.what == What.BEGUN ? 1 : 0);
            add.setInt(3, mark.what == What.SUPPRESSED ? 1 : 0);
            add.setInt(4, mark.what == What.FAILED ? 1 : 0);
            add.addBatch();
          }
        }
        add.executeBatch();
        connection.commit();
      }
    }
  }

  /** Writes what is left. */
  @Override
  public void close() {
    marks.add(new Mark("", What.END));
    try {
      writer.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
