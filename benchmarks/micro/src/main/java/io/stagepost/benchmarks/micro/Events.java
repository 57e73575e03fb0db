package io.stagepost.benchmarks.micro;

import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.util.Random;

/** Events of 1 KiB whose codec hands the body through, so that none is measured. */
final class Events {
  record Measured(String key, byte[] body) {}

  static final Measured PAYLOAD = new Measured("key-42", body());

  static final EventType<Measured> TYPE =
      EventType.of("com.example.measured.v1", Measured.class)
          .source("urn:example:benchmark")
          .channel("measured")
          .key(Measured::key)
          .codec(
              new Codec() {
                @Override
                public <T> Encoded encode(EventType<T> type, T data) {
                  return Encoded.of(((Measured) data).body(), "application/octet-stream");
                }

                @Override
                public <T> T decode(EventType<T> type, Encoded encoded) {
                  return type.payload().cast(new Measured("", encoded.bytes()));
                }
              });

  private Events() {}

  private static byte[] body() {
    byte[] body = new byte[1_024];
    new Random(1).nextBytes(body);
    return body;
  }
}
