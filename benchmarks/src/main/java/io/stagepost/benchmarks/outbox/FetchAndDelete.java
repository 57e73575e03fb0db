package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.outbox.store.Fetched;
import io.stagepost.outbox.store.MariaDbStore;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.outbox.store.PostgresStore;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.outbox.store.Row;
import io.stagepost.outbox.store.SessionSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Our store without the relay: claims, fetches, deletes, commits, and sends nothing. What a relay
 * that sends cannot exceed. The clock runs from its first commit to its last.
 */
final class FetchAndDelete implements Postbox {
  private static final String TABLE = "stagepost_outbox";
  private static final int SHARDS = 8;
  private static final SessionSettings SETTINGS =
      new SessionSettings(500, 2L * 1024 * 1024, Duration.ofMinutes(1), Clock.systemUTC());

  private final OursOutbox writer = new OursOutbox();
  private @Nullable Place place;
  private @Nullable Thread thread;
  private volatile boolean closing;
  private volatile Drained drained = Drained.NOTHING;

  @Override
  public void open(Place there) {
    place = there;
    writer.open(there);
  }

  @Override
  public void write(Change change, List<Letter> letters) throws Exception {
    writer.write(change, letters);
  }

  @Override
  public void start() throws Exception {
    Place there = place;
    if (there == null) {
      throw new IllegalStateException("Not open");
    }
    Connection connection = DriverManager.getConnection(there.database(), there.user(), "");
    OutboxStore store =
        there.isMariaDb() ? new MariaDbStore(TABLE, SHARDS) : new PostgresStore(TABLE, SHARDS);
    RelaySession session = store.open(connection, SETTINGS);
    thread = new Thread(() -> drain(session), "fetch-and-delete");
    thread.start();
  }

  private void drain(RelaySession session) {
    List<Integer> shards = IntStream.range(0, SHARDS).boxed().toList();
    long first = 0;
    long ofFirstRound = 0;
    long rows = 0;
    try (session) {
      while (!closing) {
        List<Integer> claimed = session.claim(shards, SHARDS);
        List<Fetched> fetched = session.fetch(claimed, Map.of());
        List<Row> found = fetched.stream().flatMap(each -> each.rows().stream()).toList();
        if (!found.isEmpty()) {
          session.settle(found, List.of());
        }
        session.commit(claimed);
        if (found.isEmpty()) {
          Thread.sleep(1);
          continue;
        }
        rows += found.size();
        long now = System.nanoTime();
        if (first == 0) {
          first = now;
          ofFirstRound = rows;
        }
        drained = new Drained(rows, rows - ofFirstRound, (now - first) / 1e9);
      }
    } catch (Exception failure) {
      throw new IllegalStateException(failure); // the harness sees that nothing more is drained
    }
  }

  @Override
  public Drained drained() {
    return drained;
  }

  @Override
  public void close() throws Exception {
    closing = true;
    if (thread != null) {
      thread.join();
    }
    writer.close();
  }
}
