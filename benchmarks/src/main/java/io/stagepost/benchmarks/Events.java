package io.stagepost.benchmarks;

import io.stagepost.EventType;
import io.stagepost.benchmarks.contestant.Measured;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;

/** The events that are sent, as ours sees them. */
final class Events {
  /** The body as it is, so that both sides send equal bytes and no codec is measured. */
  private static final Codec BYTES =
      new Codec() {
        @Override
        public <T> Encoded encode(EventType<T> type, T data) {
          return Encoded.of(((Measured) data).body(), Measured.CONTENT_TYPE);
        }

        @Override
        public <T> T decode(EventType<T> type, Encoded encoded) {
          return type.payload().cast(new Measured("", encoded.bytes()));
        }
      };

  private Events() {}

  static EventType<Measured> on(String channel) {
    return EventType.of(Measured.TYPE, Measured.class)
        .source(Measured.SOURCE)
        .channel(channel)
        .key(Measured::key)
        .codec(BYTES);
  }
}
