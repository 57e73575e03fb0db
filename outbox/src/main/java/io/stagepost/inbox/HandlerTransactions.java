package io.stagepost.inbox;

import static java.util.Objects.requireNonNull;

import io.stagepost.FailurePolicy;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.inbox.InboxDatabase.Begun;
import io.stagepost.inbox.InboxDatabase.Entered;
import io.stagepost.inbox.InboxDatabase.EnteredAll;
import io.stagepost.inbox.InboxDatabase.Entrance;
import io.stagepost.inbox.InboxDatabase.Holder;
import io.stagepost.spi.Inbox.BatchWork;
import io.stagepost.spi.Inbox.Entry;
import io.stagepost.spi.Inbox.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What an inbox does in the transactions of handlers: it enters events, has the handler work, and
 * ends the transaction as its outcome says. Thread-safe.
 */
final class HandlerTransactions {
  /** For recording a refusal, when the handler's time is over. */
  private static final Duration REFUSAL_TIMEOUT = Duration.ofSeconds(30);

  private final DataSource dataSource;
  private final Transaction.Statement<InboxDatabase> kind;
  private final Window window;

  HandlerTransactions(
      DataSource dataSource, Transaction.Statement<InboxDatabase> kind, Window window) {
    this.dataSource = dataSource;
    this.kind = kind;
    this.window = window;
  }

  /** {@link JdbcInbox#once}. */
  Outcome once(Entry entry, Duration timeout, Work<Connection> work) throws Exception {
    Deadline deadline = new Deadline(timeout);
    String refusal = window.refusal(entry.time());
    if (refusal != null) {
      return knownOr(refusal, entry, deadline);
    }
    try {
      return handle(entry, deadline, work);
    } catch (PlaceMissing missing) {
      makePlace(entry, missing);
      return handle(entry, deadline, work);
    }
  }

  /** {@link JdbcInbox#onceAll}. */
  List<Outcome> onceAll(List<Entry> entries, Duration timeout, BatchWork<Connection> work)
      throws Exception {
    if (entries.size() == 1) {
      return List.of(
          once(
              entries.get(0),
              timeout,
              connection -> {
                work.in(connection, List.of(0));
                return Outcome.done();
              }));
    }
    if (entries.stream().anyMatch(entry -> window.refusal(entry.time()) != null)) {
      return apart(entries);
    }
    Deadline deadline = new Deadline(timeout);
    try {
      return handleAll(entries, deadline, work);
    } catch (PlaceMissing missing) {
      Set<LocalDate> days = new HashSet<>();
      entries.stream()
          .filter(entry -> days.add(PostgresPartitions.day(requireNonNull(entry.time()))))
          .forEach(entry -> makePlace(entry, missing));
      return handleAll(entries, deadline, work);
    }
  }

  /** Nothing was done for any of them. */
  private static List<Outcome> apart(List<Entry> entries) {
    return Collections.nCopies(entries.size(), Outcome.retryAfter(Duration.ZERO));
  }

  private List<Outcome> handleAll(
      List<Entry> entries, Deadline deadline, BatchWork<Connection> work) throws Exception {
    String what = entries.size() + " events for " + entries.get(0).consumer();
    try (Transaction transaction = begin(what, deadline)) {
      InboxDatabase database = transaction.run("ask", kind);
      Instant now = window.now();
      EnteredAll entered =
          transaction.run(
              "enter the events",
              connection ->
                  placed(database, () -> database.enterAll(connection, entries, now, deadline)));
      if (!entered.clean()) {
        return apart(entries);
      }
      if (!entered.fresh().isEmpty()) {
        var unused =
            work(
                new Handling(
                    database, deadline, entered.begun(), entries.get(entered.fresh().get(0)), now),
                transaction,
                connection -> {
                  work.in(connection, entered.fresh());
                  return Outcome.done();
                });
      }
      Set<Integer> fresh = new HashSet<>(entered.fresh());
      return IntStream.range(0, entries.size())
          .mapToObj(i -> fresh.contains(i) ? Outcome.done() : Outcome.skip("duplicate"))
          .toList();
    }
  }

  /** Something that may find no place for an event. */
  private interface Placing<V> {
    V on() throws SQLException;
  }

  private static <V> V placed(InboxDatabase database, Placing<V> placing) throws SQLException {
    try {
      return placing.on();
    } catch (SQLException failure) {
      if (database.lacksPlace(failure)) {
        throw new PlaceMissing(failure);
      }
      throw failure;
    }
  }

  /** A duplicate if its record is there all the same; else a dead letter. */
  private Outcome knownOr(String refusal, Entry entry, Deadline deadline) {
    if (entry.time() == null) {
      return Outcome.deadLetter(refusal);
    }
    try (Transaction transaction = begin(entry, deadline)) {
      InboxDatabase database = transaction.run("ask", kind);
      Entered found =
          transaction.run(
              "look the event up", connection -> database.lookUp(connection, entry, deadline));
      return found.entrance() == Entrance.KNOWN
          ? Outcome.skip("duplicate")
          : Outcome.deadLetter(refusal);
    }
  }

  private Outcome handle(Entry entry, Deadline deadline, Work<Connection> work) throws Exception {
    try (Transaction transaction = begin(entry, deadline)) {
      InboxDatabase database = transaction.run("ask", kind);
      Instant now = window.now();
      Entered entered =
          transaction.run(
              "enter the event",
              connection ->
                  placed(database, () -> database.enter(connection, entry, now, deadline)));
      String key = entry.idempotencyKey();
      if (entered.entrance() == Entrance.KEY_HELD && key != null) {
        return duplicate(database, transaction, entered, entry, key, deadline);
      }
      if (entered.entrance() != Entrance.NEW) {
        return entered.entrance() == Entrance.KNOWN
            ? Outcome.skip("duplicate")
            : Outcome.deadLetter(FailurePolicy.OLDER_THAN_INBOX);
      }
      return work(new Handling(database, deadline, entered.begun(), entry, now), transaction, work);
    }
  }

  /** There is no partition for the event; the transaction is of no use any more. */
  private static final class PlaceMissing extends MessagingException {
    private static final long serialVersionUID = 1;

    PlaceMissing(SQLException cause) {
      super(
          "SP-INBOX-015",
          "The inbox's table has no partition for an event, or does not take it, after one was made;"
              + " nothing took effect, and it can be tried again. The cause says what PostgreSQL"
              + " said: see who drops partitions, or has added a check.",
          cause);
    }
  }

  /** Housekeeping makes them ahead; this is for old events, and for a housekeeper that is late. */
  private void makePlace(Entry entry, PlaceMissing missing) {
    try (Connection connection = dataSource.getConnection()) {
      kind.on(connection).makePlace(connection, requireNonNull(entry.time()));
    } catch (SQLException failure) {
      failure.addSuppressed(missing);
      throw new MessagingException(
          "SP-INBOX-015",
          "The inbox could not make a partition for "
              + entry
              + " (SQLSTATE "
              + failure.getSQLState()
              + "); nothing took effect, and it can be tried again. The cause says what PostgreSQL"
              + " said; the role must own the table, and no other table have the partition's name.",
          failure);
    }
  }

  private Transaction begin(Object what, Deadline deadline) {
    Transaction transaction = new Transaction(dataSource, what, deadline);
    try {
      Transaction.Action restoring =
          transaction.run(
              "read the connection's settings",
              connection -> kind.on(connection).restoring(connection));
      transaction.afterwards(restoring);
      return transaction;
    } catch (RuntimeException failure) {
      transaction.close();
      throw failure;
    }
  }

  private static Outcome duplicate(
      InboxDatabase database,
      Transaction transaction,
      Entered entered,
      Entry entry,
      String key,
      Deadline deadline) {
    String holder =
        transaction.run(
            "record the duplicate",
            connection -> {
              String found = database.recordDuplicate(connection, entry, key, deadline);
              if (found
                  == null) { // somebody has deleted it this moment; the next try takes the key
                throw new SQLException(
                    "the holder of idempotency key " + key + " is gone", "40001");
              }
              return found;
            });
    transaction.commit(connection -> database.commit(connection, entered.begun()));
    return Outcome.skip("duplicate of " + holder);
  }

  /** A transaction in which a handler is to work: it has entered this event then, among others. */
  private record Handling(
      InboxDatabase database, Deadline deadline, Begun begun, Entry entry, Instant now) {
    void commit(Connection connection) throws SQLException {
      database.commit(connection, begun);
    }

    boolean rollBackInVain(Connection connection) throws SQLException {
      return database.rollBackInVain(connection, begun, entry, now, deadline);
    }

    int querySeconds() {
      return database.querySeconds(deadline);
    }
  }

  /** Has the handler work, and ends the transaction as its outcome says. */
  private static Outcome work(Handling handling, Transaction transaction, Work<Connection> work)
      throws Exception {
    Outcome outcome;
    try {
      outcome = call(handling, transaction, work);
      if (outcome instanceof Outcome.Done || outcome instanceof Outcome.Skip) {
        transaction.commit(handling::commit);
        return outcome;
      }
    } catch (Exception | Error failure) {
      transaction.rollBack(handling::rollBackInVain, failure);
      throw failure;
    }
    transaction.rollBack(handling::rollBackInVain, null);
    return outcome;
  }

  private static Outcome call(Handling handling, Transaction transaction, Work<Connection> work)
      throws Exception {
    HandlerConnection guarded =
        new HandlerConnection(transaction.connection(), handling::querySeconds);
    try {
      return requireNonNull(work.in(guarded.proxy()), "the handler's outcome");
    } catch (Exception failure) {
      MessagingException timeout = transaction.timeout(failure);
      throw timeout == null ? failure : timeout;
    } finally {
      guarded.end();
    }
  }

  /** {@link JdbcInbox#refuse}. */
  boolean refuse(Entry entry) {
    Deadline deadline = new Deadline(REFUSAL_TIMEOUT);
    try {
      return refuse(entry, deadline);
    } catch (PlaceMissing missing) {
      makePlace(entry, missing);
      return refuse(entry, deadline);
    }
  }

  private boolean refuse(Entry entry, Deadline deadline) {
    try (Transaction transaction = begin(entry, deadline)) {
      InboxDatabase database = transaction.run("ask", kind);
      String what = "record that the event is refused";
      Entered found =
          transaction.run(what, connection -> database.lookUp(connection, entry, deadline));
      Instant until =
          found.entrance() == Entrance.FORGOTTEN ? null : window.replayedUntil(entry.time());
      boolean refused =
          found.entrance() != Entrance.KNOWN
              && transaction.run(
                  what, connection -> takeKey(database, connection, entry, until, deadline));
      transaction.commit(connection -> database.commit(connection, found.begun()));
      return refused;
    }
  }

  /** Whether no other event holds its key; it takes it, unless it can never be handled. */
  private boolean takeKey(
      InboxDatabase database,
      Connection connection,
      Entry entry,
      @Nullable Instant until,
      Deadline deadline)
      throws SQLException {
    String key = entry.idempotencyKey();
    while (key != null
        && (until == null || !database.refuse(connection, entry, key, until, deadline))) {
      Holder holder = database.holder(connection, entry, key, deadline);
      if (holder == null ? until == null : holder.is(entry)) {
        return true;
      }
      if (holder != null) {
        if (until != null
            && window.refusal(entry.time()) == null) { // else there is no place for its record
          placed(
              database,
              () -> {
                database.enterDuplicate(connection, entry, holder, window.now(), deadline);
                return true;
              });
        }
        return false;
      }
    }
    return true;
  }
}
