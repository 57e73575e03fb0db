package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import org.jspecify.annotations.Nullable;

/** Payloads that are text as it stands; the empty text where there is no data. */
final class TextCodec implements Codec {
  @Override
  public String contentType() {
    return "text/plain";
  }

  @Override
  public <T> byte[] encode(EventType<T> type, T data) {
    return data.toString().getBytes(UTF_8);
  }

  @Override
  public <T> T decode(EventType<T> type, byte[] body, @Nullable String contentType) {
    return type.payload().cast(new String(body, UTF_8));
  }
}
