package io.stagepost.outbox.store;

import io.stagepost.MessagingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A database that an outbox lives in, its tables' names and the number of its shards. Connections
 * are the caller's, and as the caller set them: what a method changes it sets back. Thread-safe.
 */
public interface OutboxStore {
  /** Makes a store. */
  @FunctionalInterface
  interface Factory {
    /**
     * Makes it.
     *
     * @param table the outbox's table, perhaps with its schema; the other tables' names begin so
     * @param shards how many there are
     * @return the store
     */
    OutboxStore create(String table, int shards);
  }

  /**
   * Inserts rows in their order, with the caller's transaction, in as few round trips as can be.
   *
   * @param connection in a transaction that writes
   * @param rows at least one
   * @param strict whether the rows' lanes are locked first, until the transaction ends, so that ids
   *     are drawn in the order of commits whatever else the caller locks
   * @throws SQLException if the database failed; the transaction should roll back
   */
  void insert(Connection connection, List<NewRow> rows, boolean strict) throws SQLException;

  /**
   * Begins a relay's session.
   *
   * @param connection the session's from now on: closed with it, or if this throws
   * @param settings what it goes by
   * @return the session
   * @throws SQLException if the database failed
   * @throws MessagingException if this connection cannot do a relay's work
   */
  RelaySession open(Connection connection, SessionSettings settings) throws SQLException;

  /**
   * Creates what is missing of the tables, in a transaction of its own.
   *
   * @param connection any
   * @throws SQLException if the database failed
   */
  void createSchema(Connection connection) throws SQLException;

  /**
   * Changes the number of shards of an outbox in which nothing waits and nothing is parked. No
   * relay passes meanwhile, and no publisher where the database can keep them out.
   *
   * @param connection in a transaction that writes
   * @param to how many shards there are to be
   * @throws SQLException if the database failed
   * @throws MessagingException if the outbox is not empty; nothing has changed
   */
  void changeShards(Connection connection, int to) throws SQLException;

  /**
   * Looks for what is wrong with the server and the tables.
   *
   * @param connection any
   * @return what is wrong, each with its code and remedy; empty if nothing is
   * @throws SQLException if the database failed
   */
  List<String> problems(Connection connection) throws SQLException;

  /**
   * Measures how much waits.
   *
   * @param connection any
   * @param limit up to where rows are counted, since counting takes the longer the more there are
   * @return the depth
   * @throws SQLException if the database failed
   */
  Depth depth(Connection connection, long limit) throws SQLException;

  /**
   * What a database administrator wants to know, for people: sizes, dead rows, what holds up
   * clearing them, locks, settings.
   *
   * @param connection any
   * @return lines of text
   * @throws SQLException if the database failed
   */
  List<String> describe(Connection connection) throws SQLException;

  /**
   * Lists parked rows, oldest first, without reading their headers and bodies.
   *
   * @param connection any
   * @param address only those for this address; null for all
   * @param limit how many at most
   * @return the rows
   * @throws SQLException if the database failed
   */
  List<ParkedRow> parked(Connection connection, @Nullable String address, int limit)
      throws SQLException;

  /**
   * Reads a parked row as a whole.
   *
   * @param connection any
   * @param id which
   * @return as it lay in the outbox; empty if no such row is parked
   * @throws SQLException if the database failed
   */
  Optional<Row> parkedRow(Connection connection, RowId id) throws SQLException;

  /**
   * Puts parked rows back, each with its old id, so that a lane that was held continues in order.
   * Every relay finds them and what they held, at its next round.
   *
   * @param connection in a transaction that writes
   * @param ids which
   * @return how many there were
   * @throws SQLException if the database failed
   */
  int retry(Connection connection, List<RowId> ids) throws SQLException;

  /**
   * Deletes parked rows for good. Every relay finds what they held at its next round.
   *
   * @param connection in a transaction that writes
   * @param ids which
   * @return how many there were
   * @throws SQLException if the database failed
   */
  int discard(Connection connection, List<RowId> ids) throws SQLException;

  /**
   * Says what an error means here, and what to do: by its SQLSTATE or vendor code, never by text.
   *
   * @param what what could not be done, as the beginning of a sentence
   * @param cause as the driver threw it
   * @return to be thrown
   */
  MessagingException failure(String what, SQLException cause);
}
