package io.stagepost.testkit.soak;

import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** The events of a soak: three types that share keys and a channel, so that lanes mix them. */
final class Parcels {
  static final String CHANNEL = "soak";

  /**
   * One event.
   *
   * @param id its number, from 0
   * @param key its key's number
   * @param sequence its number among those of its key, from 1
   */
  record Parcel(int id, int key, int sequence) {}

  static final EventType<Parcel> PLAIN = type("com.example.soak.plain.v1", CHANNEL);
  static final EventType<Parcel> LATER = type("com.example.soak.later.v1", CHANNEL);
  static final EventType<Parcel> BATCH = type("com.example.soak.batch.v1", CHANNEL);

  private Parcels() {}

  static EventType<Parcel> type(String type, String channel) {
    return EventType.of(type, Parcel.class)
        .source("urn:example:soak")
        .channel(channel)
        .key(parcel -> "k" + parcel.key())
        .codec(new Binary());
  }

  private static final class Binary implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      Parcel parcel = (Parcel) data;
      return Encoded.of(
          ByteBuffer.allocate(12)
              .putInt(parcel.id())
              .putInt(parcel.key())
              .putInt(parcel.sequence())
              .array(),
          "application/octet-stream");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      ByteBuffer bytes = ByteBuffer.wrap(encoded.bytes());
      return type.payload().cast(new Parcel(bytes.getInt(), bytes.getInt(), bytes.getInt()));
    }
  }

  /** Draws keys as Zipf's law has it: the n-th most frequent one is drawn in proportion to 1/n. */
  static final class Zipf {
    private final double[] below;
    private final Random random;

    Zipf(int keys, Random random) {
      this.random = random;
      this.below = new double[keys];
      double sum = 0;
      for (int i = 0; i < keys; i++) {
        sum += 1.0 / (i + 1);
        below[i] = sum;
      }
    }

    int next() {
      int found = Arrays.binarySearch(below, random.nextDouble() * below[below.length - 1]);
      return found >= 0 ? found : Math.min(below.length - 1, -found - 1);
    }
  }
}
