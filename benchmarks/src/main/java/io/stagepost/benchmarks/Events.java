package io.stagepost.benchmarks;

import io.stagepost.EventType;
import io.stagepost.benchmarks.contestant.Body;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;

/** The events that are sent, as ours sees them. */
final class Events {
  static final String SOURCE = "urn:example:benchmark";
  static final String TYPE = "com.example.measured.v1";
  static final String CONTENT_TYPE = "application/octet-stream";

  record Measured(String key, byte[] body) {}

  /** The body as it is, so that both sides send equal bytes and no codec is measured. */
  private static final Codec BYTES =
      new Codec() {
        @Override
        public <T> Encoded encode(EventType<T> type, T data) {
          return Encoded.of(((Measured) data).body(), CONTENT_TYPE);
        }

        @Override
        public <T> T decode(EventType<T> type, Encoded encoded) {
          return type.payload().cast(new Measured("", encoded.bytes()));
        }
      };

  private Events() {}

  static EventType<Measured> on(String channel) {
    return EventType.of(TYPE, Measured.class)
        .source(SOURCE)
        .channel(channel)
        .key(Measured::key)
        .codec(BYTES);
  }

  /** The n-th event of a load. */
  static Measured at(int index, Load load) {
    int key = load.keyOf(index);
    return new Measured("key-" + key, Body.of(index, key, load.sequenceOf(index)));
  }
}
