package io.stagepost.benchmarks;

import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The events that are sent: 1 KiB of bytes under a key drawn from Zipf's distribution. */
final class Events {
  static final int KEYS = 1_000;
  static final String SOURCE = "urn:example:benchmark";
  static final String TYPE = "com.example.measured.v1";

  record Measured(String key, byte[] body) {}

  /** The body as it is, so that both sides send equal bytes and no codec is measured. */
  private static final Codec BYTES =
      new Codec() {
        @Override
        public String contentType() {
          return "application/octet-stream";
        }

        @Override
        public <T> byte[] encode(EventType<T> type, T data) {
          return ((Measured) data).body();
        }

        @Override
        public <T> T decode(EventType<T> type, byte[] body, @Nullable String contentType) {
          return type.payload().cast(new Measured("", body));
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

  static byte[] body() {
    byte[] body = new byte[1_024];
    new Random(1).nextBytes(body);
    return body;
  }

  /** Keys by Zipf(0.99): a few are hot, as keys are. */
  static String[] zipfKeys(int count) {
    double[] cumulative = new double[KEYS];
    double sum = 0;
    for (int rank = 1; rank <= KEYS; rank++) {
      sum += 1 / Math.pow(rank, 0.99);
      cumulative[rank - 1] = sum;
    }
    Random random = new Random(7);
    String[] keys = new String[count];
    for (int i = 0; i < count; i++) {
      int rank = Arrays.binarySearch(cumulative, random.nextDouble() * sum);
      keys[i] = "key-" + (rank < 0 ? -rank - 1 : rank);
    }
    return keys;
  }
}
