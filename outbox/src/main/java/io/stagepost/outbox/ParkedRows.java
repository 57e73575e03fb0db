package io.stagepost.outbox;

import io.stagepost.MessagingException;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.outbox.store.ParkedRow;
import io.stagepost.outbox.store.Row;
import io.stagepost.outbox.store.RowId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an outbox that the broker has refused for good, and that wait for a person. Each
 * method takes a connection of its own from the outbox's DataSource; all of them block.
 * Thread-safe.
 */
public final class ParkedRows {
  private final Outbox outbox;

  ParkedRows(Outbox outbox) {
    this.outbox = outbox;
  }

  /**
   * Lists them, oldest first, each without its headers and body.
   *
   * @param address only those for this address; null for all
   * @param limit how many at most; at least 1
   * @return the rows
   * @throws MessagingException if the database failed
   */
  public List<ParkedRow> list(@Nullable String address, int limit) {
    if (limit < 1) {
      throw new MessagingException(
          "SP-OUTBOX-016", "parked().list(..., " + limit + ") must be at least 1.");
    }
    return outbox.onConnection(
        "The outbox could not list its parked rows",
        (store, connection) -> store.parked(connection, address, limit));
  }

  /**
   * Reads one as a whole.
   *
   * @param id which
   * @return the row, with its headers in the library's own form; empty if no such row is parked
   * @throws MessagingException if the database failed
   */
  public Optional<Row> read(RowId id) {
    return outbox.onConnection(
        "The outbox could not read a parked row",
        (store, connection) -> store.parkedRow(connection, id));
  }

  /**
   * Puts rows back, each in its old place: a key that was held behind one continues in order; one
   * that has passed it gets it late. Waits for the rounds under way in the rows' shards.
   *
   * @param ids which
   * @return how many of them there were
   * @throws MessagingException if the database failed; then nothing has changed
   */
  public int retry(List<RowId> ids) {
    return changed("retry", ids, OutboxStore::retry);
  }

  /**
   * Deletes rows for good, and lets go what was held behind them. Waits for the rounds under way in
   * the rows' shards.
   *
   * @param ids which
   * @return how many of them there were
   * @throws MessagingException if the database failed; then nothing has changed
   */
  public int discard(List<RowId> ids) {
    return changed("discard", ids, OutboxStore::discard);
  }

  private int changed(String what, List<RowId> ids, Change change) {
    if (ids.isEmpty()) {
      return 0;
    }
    return outbox.inTransaction(
        "The outbox could not " + what + " its parked rows",
        (store, connection) -> change.in(store, connection, ids));
  }

  private interface Change {
    int in(OutboxStore store, Connection connection, List<RowId> ids) throws SQLException;
  }
}
