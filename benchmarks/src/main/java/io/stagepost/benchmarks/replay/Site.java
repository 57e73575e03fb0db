package io.stagepost.benchmarks.replay;

import io.stagepost.amqp.AmqpTransport;
import io.stagepost.benchmarks.replay.Site.Kind;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import java.time.Duration;

/**
 * Where the letters lie, and where they go.
 *
 * @param kind the broker's kind
 * @param where its address
 * @param letters the dead-letter address
 * @param target where the letters are sent: a topic, or an exchange with a stream
 */
record Site(Kind kind, String where, String letters, String target) {
  enum Kind {
    KAFKA,
    AMQP
  }

  static final Duration KEPT = Duration.ofDays(1);

  Transport connect() {
    return kind == Kind.KAFKA
        ? KafkaTransport.builder().bootstrapServers(where).allowPlaintext().build()
        : AmqpTransport.builder().uris(where).keep(target, KEPT).build();
  }

  Site to(String other) {
    return new Site(kind, where, letters, other);
  }
}
