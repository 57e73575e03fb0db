package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;

/** Payloads that are text as it stands; the empty text where there is no data. */
final class TextCodec implements Codec {
  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
  }

  @Override
  public boolean readsNoData() {
    return true;
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    return type.payload().cast(new String(encoded.bytes(), UTF_8));
  }
}
