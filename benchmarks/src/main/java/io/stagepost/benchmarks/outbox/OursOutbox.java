package io.stagepost.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.Relay;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.sql.Connection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stagepost's outbox as it comes: eight shards, one relay in the process that writes. */
final class OursOutbox implements Postbox {
  private static final String SOURCE = "urn:example:benchmark";

  /** The letter as it is, so that all send equal bytes and no codec is measured. */
  private static final Codec BYTES =
      new Codec() {
        @Override
        public <T> Encoded encode(EventType<T> type, T data) {
          return Encoded.of(((Letter) data).bytes(), "text/plain");
        }

        @Override
        public <T> T decode(EventType<T> type, Encoded encoded) {
          return type.payload().cast(Letter.parse(encoded.bytes()));
        }
      };

  private @Nullable HikariDataSource pool;
  private @Nullable Messaging messaging;
  private @Nullable Outbox outbox;
  private @Nullable EventType<Letter> type;
  private @Nullable Relay relay;

  @Override
  public void open(Place place) {
    pool = place.pool(Place.CONNECTIONS);
    messaging = Messaging.over(KafkaTransport.to(place.brokers()));
    outbox = Outbox.over(messaging, pool);
    outbox.createSchema();
    type =
        EventType.of("com.example.letter.v1", Letter.class)
            .source(SOURCE)
            .channel(place.topic())
            .key(Letter::keyText)
            .codec(BYTES);
  }

  @Override
  public void write(Change change, List<Letter> letters) throws Exception {
    try (Connection connection = opened(pool).getConnection()) {
      connection.setAutoCommit(false);
      change.in(connection);
      if (!letters.isEmpty()) {
        EventType<Letter> letterType = opened(type);
        opened(outbox)
            .within(connection)
            .publishAll(letters.stream().map(letter -> letterType.event(letter)).toList());
      }
      connection.commit();
    }
  }

  @Override
  public void start() {
    relay = opened(outbox).relay().start();
  }

  @Override
  public void close() {
    if (relay != null) {
      relay.close();
    }
    opened(messaging).close();
    opened(pool).close();
  }

  private static <T> T opened(@Nullable T what) {
    if (what == null) {
      throw new IllegalStateException("Not open");
    }
    return what;
  }
}
