package io.stagepost.inbox;

import io.stagepost.spi.Inbox.Entry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the inbox says to one kind of database. Every method but those of housekeeping runs in a
 * transaction that the caller has begun, and ends by {@link #commit} alone. Thread-safe.
 */
interface InboxDatabase {
  /** Whether an event may be handled. */
  enum Entrance {
    /** It is new: it and its key are entered, if the transaction commits. */
    NEW,
    /** It has been handled before. */
    KNOWN,
    /** It is new, but another event holds its key. */
    KEY_HELD,
    /** Events of its time are not remembered any more. */
    FORGOTTEN
  }

  /**
   * A transaction that has begun with a question.
   *
   * @param id by which it is known again; null if the database has no such thing
   * @param before what was set before and is to be set again
   */
  record Begun(@Nullable String id, String before) {}

  /** What came of entering an event. */
  record Entered(Entrance entrance, Begun begun) {}

  /**
   * What came of entering a batch.
   *
   * @param fresh which of them are new, by their place; they and their keys are entered, if the
   *     transaction commits
   * @param clean whether all others have been handled before; if not, one of them has another fate,
   *     and nothing may be committed
   */
  record EnteredAll(List<Integer> fresh, boolean clean, Begun begun) {}

  /** An event, as it is written. */
  record Holder(String source, String id) {
    boolean is(Entry entry) {
      return source.equals(Bounded.text(entry.source().toString()))
          && id.equals(Bounded.text(entry.id()));
    }

    @Override
    public String toString() {
      return source + " " + id;
    }
  }

  /** Its name, for people. */
  String name();

  /** What sets again, after a transaction, what it changes of the connection's settings. */
  default Transaction.Action restoring(Connection connection) throws SQLException {
    return same -> {};
  }

  // ---- in the handler's transaction

  /** How many seconds the driver gives a statement that begins now; 0 if the server sees to it. */
  default int querySeconds(Deadline deadline) {
    return deadline.querySeconds();
  }

  /** Begins the transaction, with the deadline as its timeouts, and enters an event and its key. */
  Entered enter(Connection connection, Entry entry, Instant now, Deadline deadline)
      throws SQLException;

  /** Begins the transaction, and enters several events and their keys, in few statements. */
  EnteredAll enterAll(Connection connection, List<Entry> entries, Instant now, Deadline deadline)
      throws SQLException;

  /**
   * Whether a failure to enter says that there is no place yet for events of this time, which
   * {@link #makePlace} makes in a transaction of its own.
   */
  default boolean lacksPlace(SQLException failure) {
    return false;
  }

  /** Makes a place for events of a time. */
  default void makePlace(Connection connection, Instant time) throws SQLException {}

  /** Says in the row of an event just entered which other event holds its key; null if gone. */
  @Nullable String recordDuplicate(
      Connection connection, Entry entry, String key, Deadline deadline) throws SQLException;

  /** Begins the transaction; whether an event is known, new, or forgotten; its key is not asked. */
  Entered lookUp(Connection connection, Entry entry, Deadline deadline) throws SQLException;

  /**
   * Takes a key for an event that is refused, until then; false if another one holds it already.
   */
  boolean refuse(Connection connection, Entry entry, String key, Instant until, Deadline deadline)
      throws SQLException;

  /** Which event holds a key; null if none does. */
  @Nullable Holder holder(Connection connection, Entry entry, String key, Deadline deadline)
      throws SQLException;

  /** Enters an event as a duplicate of another one. */
  void enterDuplicate(
      Connection connection, Entry entry, Holder holder, Instant now, Deadline deadline)
      throws SQLException;

  /** Commits the transaction that has begun so, or throws. */
  void commit(Connection connection, Begun begun) throws SQLException;

  /**
   * Rolls back, and says whether the transaction that has begun so is in effect nonetheless, since
   * the handler has committed it.
   *
   * @param entry one that it entered
   * @param now when it did so
   */
  boolean rollBackInVain(
      Connection connection, Begun begun, Entry entry, Instant now, Deadline deadline)
      throws SQLException;

  // ---- at start

  /** Creates the tables that do not exist. */
  void createSchema(Connection connection) throws SQLException;

  /** All that is wrong with the server and the tables, each with its code and remedy. */
  List<String> problems(Connection connection) throws SQLException;

  // ---- housekeeping, with auto-commit

  /** Whether nobody has kept house for so long, and the caller is to do so now. */
  boolean claim(Connection connection, Duration notSince) throws SQLException;

  /** The database's clock. */
  Instant now(Connection connection) throws SQLException;

  /** Makes places for events that are to come. */
  default void prepare(Connection connection, Instant now) throws SQLException {}

  /** From now on, events older than this are not remembered; nor were those said so before. */
  void forgetBefore(Connection connection, Instant end) throws SQLException;

  /**
   * Deletes some of the events that are not remembered any more.
   *
   * @return whether there are more
   */
  boolean pruneEntries(Connection connection) throws SQLException;

  /**
   * Deletes some of the keys that were held until before then.
   *
   * @return whether there are more
   */
  boolean pruneKeys(Connection connection, Instant endedBefore) throws SQLException;

  /** What there is to be told. */
  InboxState state(Connection connection) throws SQLException;
}
