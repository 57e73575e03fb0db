package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.FailurePolicy;
import io.stagepost.MessagingException;
import io.stagepost.Subscription;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UpcastTest {
  private static final EventType<String> V1 = Road.type("com.example.text.v1");
  private static final EventType<String> V2 =
      Road.type("com.example.text.v2").upcasting(V1, UpcastTest::second);
  private static final EventType<String> V3 =
      Road.type("com.example.text.v3").upcasting(V2, text -> text + ", third");

  private final Road road = new Road();
  private final List<String> handled = new ArrayList<>();

  @Test
  void a_handler_of_the_newest_version_handles_the_log_of_all_in_order() {
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(V3, event -> handled.add(event.toCloudEvent().getType() + " " + event.data()))
            .start()) {
      road.publish(V1.event("a:1"));
      road.publish(V3.event("a:2"));
      road.publish(V2.event("a:3"));
      assertThat(handled)
          .containsExactly(
              "com.example.text.v1 a:1, second, third",
              "com.example.text.v3 a:2",
              "com.example.text.v2 a:3, third");
      assertThat(subscription.inFlight()).isZero();
      assertThat(road.messaging.describe())
          .contains("com.example.text.v3")
          .contains("upcasts com.example.text.v2, com.example.text.v1");
    }
  }

  @Test
  void d14_what_an_upcast_cannot_read_is_a_dead_letter_with_its_old_bytes() {
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(V3, event -> handled.add(event.data()))
            .start()) {
      road.publish(V1.event("a:unfit"));
      road.publish(V1.event("a:1"));
      assertThat(handled).containsExactly("a:1, second, third");
      assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("a:unfit");
      assertThat(road.reasons(Road.DEAD_LETTERS)).containsExactly(FailurePolicy.UNDECODABLE);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void an_older_event_is_published_again_as_it_was() {
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(
                V2,
                event -> {
                  handled.add(new String(event.toCloudEvent().getData().toBytes(), UTF_8));
                })
            .start()) {
      road.publish(V1.event("a:1"));
      assertThat(handled).containsExactly("a:1");
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d19_two_handlers_for_one_version_are_refused() {
    assertThatThrownBy(
            () ->
                road.messaging
                    .subscribe(Road.SUBSCRIPTION)
                    .on(V3, event -> {})
                    .on(V1, event -> {})
                    .start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-008")
        .hasMessageContaining("com.example.text.v1");
  }

  @Test
  void a_version_cannot_upcast_itself() {
    assertThatThrownBy(() -> Road.type("com.example.text.v1").upcasting(V3, text -> text))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-API-033");
  }

  @Test
  void headers_of_a_codec_travel_and_nobody_elses_reach_it() {
    List<List<Header>> seen = new ArrayList<>();
    EventType<String> type = Road.type("com.example.marked.v1").codec(new Marking(seen));
    try (Subscription subscription =
        road.messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(type, event -> handled.add(event.data()))
            .start()) {
      road.publish(type.event("a:1"));
      assertThat(handled).containsExactly("a:1");
      assertThat(seen).hasSize(1);
      assertThat(seen.get(0)).singleElement().satisfies(this::isMark);
      assertThat(subscription.inFlight()).isZero();
    }
  }

  @Test
  void d19_a_transaction_is_refused_what_would_have_to_ask_somebody() {
    EventType<String> type = Road.type("com.example.marked.v1").codec(new Marking(List.of()));
    assertThatThrownBy(() -> road.messaging.message(type.event("a:1")))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-API-032");
    road.messaging.prepare(type);
    assertThat(road.messaging.message(type.event("a:1")).header("mark")).isEqualTo(bytes("m"));
  }

  private void isMark(Header header) {
    assertThat(header.name()).isEqualTo("mark");
    assertThat(header.value()).isEqualTo(bytes("m"));
  }

  private static String second(String text) {
    if (text.contains("unfit")) {
      throw new IllegalArgumentException(text);
    }
    return text + ", second";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Text, with a header. */
  private static final class Marking implements Codec {
    private final List<List<Header>> seen;
    private boolean ready;

    Marking(List<List<Header>> seen) {
      this.seen = seen;
    }

    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return new Encoded(
          bytes(data.toString()), "text/plain", null, List.of(new Header("mark", bytes("m"))));
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      seen.add(encoded.headers());
      return type.payload().cast(new String(encoded.bytes(), UTF_8));
    }

    @Override
    public Set<String> headerNames() {
      return Set.of("mark");
    }

    @Override
    public void prepare(EventType<?> type) {
      ready = true;
    }

    @Override
    public boolean isReady(EventType<?> type) {
      return ready;
    }
  }
}
