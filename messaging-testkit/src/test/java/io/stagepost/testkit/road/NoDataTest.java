package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Subscription;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events without data, and with empty data. */
class NoDataTest {
  private final Road road = new Road();
  private final List<String> handled = new ArrayList<>();

  @AfterEach
  void close() {
    road.close();
  }

  @Test
  void d05_an_event_without_data_is_a_dead_letter_and_one_with_empty_data_is_not() {
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(Road.TEXTS, event -> handled.add("<" + event.data() + ">"))
            .start()) {
      send(null);
      send(new byte[0]);
      assertThat(handled).containsExactly("<>");
      assertThat(road.transport.stored(Road.DEAD_LETTERS)).hasSize(1);
      Message dead = road.transport.stored(Road.DEAD_LETTERS).get(0).message();
      assertThat(dead.body()).isNull();
      assertThat(Road.header(dead, FailureHeaders.EXCEPTION_MESSAGE)).startsWith("SP-API-037");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void a_codec_may_read_a_payload_from_no_data() {
    EventType<String> type =
        Road.type("com.example.text.v1")
            .codec(
                new Codec() {
                  @Override
                  public <T> Encoded encode(EventType<T> type, T data) {
                    return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
                  }

                  @Override
                  public <T> T decode(EventType<T> type, Encoded encoded) {
                    return type.payload().cast(encoded.bytes().length + " bytes");
                  }

                  @Override
                  public boolean readsNoData() {
                    return true;
                  }
                });
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(type, event -> handled.add(event.data()))
            .start()) {
      send(null);
      assertThat(handled).containsExactly("0 bytes");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  private void send(byte @Nullable [] body) {
    Message event = road.messaging.message(Road.TEXTS.event("a:1"));
    var unused =
        road.messaging.send(new Message(event.address(), event.key(), event.headers(), body));
    road.clock.run();
  }
}
