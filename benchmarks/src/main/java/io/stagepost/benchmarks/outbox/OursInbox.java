package io.stagepost.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Outcome;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.spi.Inbox;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Stagepost's inbox: letters are handled once, in the transaction of their effect. */
final class OursInbox implements Postbox {
  static final String CONSUMER = "benchmark";
  static final URI SOURCE = URI.create("urn:example:benchmark");
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private @Nullable HikariDataSource pool;
  private @Nullable JdbcInbox inbox;

  @Override
  public void open(Place place) {
    pool = place.pool(Place.CONNECTIONS);
    inbox = JdbcInbox.in(pool);
    inbox.createSchema();
  }

  /** The event's id: as long as a UUID. */
  static String id(Letter letter) {
    return String.format(Locale.ROOT, "%036d", letter.index());
  }

  @Override
  public void write(Change change, List<Letter> letters) throws Exception {
    JdbcInbox into = inbox;
    if (into == null) {
      throw new IllegalStateException("Not open");
    }
    List<Inbox.Entry> entries =
        letters.stream()
            .map(letter -> new Inbox.Entry(CONSUMER, SOURCE, id(letter), null, Instant.now()))
            .toList();
    List<Outcome> outcomes =
        entries.size() == 1
            ? List.of(once(into, entries.get(0), change))
            : into.onceAll(entries, TIMEOUT, (connection, fresh) -> change.in(connection));
    if (!outcomes.stream().allMatch(Outcome.Done.class::isInstance)) {
      throw new IllegalStateException("not all was handled: " + outcomes);
    }
  }

  private static Outcome once(JdbcInbox inbox, Inbox.Entry entry, Change change) throws Exception {
    return inbox.once(
        entry,
        TIMEOUT,
        connection -> {
          change.in(connection);
          return Outcome.done();
        });
  }

  @Override
  public void start() {}

  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
  }
}
