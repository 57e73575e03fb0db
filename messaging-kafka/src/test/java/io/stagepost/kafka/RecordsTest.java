package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.ContentMode;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Records of every shape over a real broker: how they are consumed, and what their dead letter is.
 */
@Timeout(600)
class RecordsTest {
  private final String channel = Broker.unique("records");
  private final String group = Broker.unique("group");
  private final EventType<String> text =
      EventType.of("test.text.v1", String.class)
          .source("urn:test")
          .channel(channel)
          .codec(new TextCodec());
  private final BlockingQueue<Event<String>> seen = new LinkedBlockingQueue<>();
  private final List<Messaging> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(Messaging::close);
  }

  /** Handles each event by dead-lettering it. */
  private Messaging refusing(KafkaTransport transport) {
    Messaging messaging = Messaging.over(transport);
    open.add(messaging);
    messaging
        .subscribe(group)
        .on(
            text,
            (event, context) -> {
              seen.add(event);
              return Outcome.deadLetter("no-good");
            })
        .start();
    return messaging;
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(UTF_8);
  }

  private Message binary(@Nullable String key, @Nullable String body, @Nullable String... more) {
    List<Header> headers = new ArrayList<>();
    String[] required = {
      "ce_specversion", "1.0", "ce_id", "1", "ce_source", "urn:a", "ce_type", "test.text.v1"
    };
    for (int i = 0; i < required.length; i += 2) {
      headers.add(new Header(required[i], bytes(required[i + 1])));
    }
    for (int i = 0; i < more.length; i += 2) {
      headers.add(new Header(String.valueOf(more[i]), bytes(more[i + 1])));
    }
    return new Message(channel, bytes(key), headers, bytes(body));
  }

  /** Its dead letter: the same key, value and headers, in order, and the reason behind them. */
  private Event<String> consumedAndDeadLettered(Message record) {
    Broker.write(record);
    return deadLettered(record);
  }

  private Event<String> deadLettered(Message record) {
    String address = Policy.defaults().deadLetterAddress(channel, group);
    await().until(() -> Broker.committedSum(group, channel) == 1);
    assertThat(Broker.stored(address)).hasSize(1);
    Message dead = Broker.stored(address).get(0).message();
    assertThat(dead.key()).isEqualTo(record.key());
    assertThat(dead.body()).isEqualTo(record.body());
    assertThat(lines(dead.headers().subList(0, record.headers().size())))
        .isEqualTo(lines(record.headers()));
    assertThat(dead.headers().subList(record.headers().size(), dead.headers().size()))
        .allMatch(header -> header.name().startsWith(FailureHeaders.PREFIX));
    assertThat(dead.header(FailureHeaders.REASON)).isEqualTo(bytes("no-good"));
    assertThat(seen).hasSize(1);
    return seen.element();
  }

  private static List<String> lines(List<Header> headers) {
    return headers.stream()
        .map(
            header -> {
              byte[] value = header.value();
              return header.name() + (value == null ? "" : "=" + new String(value, UTF_8));
            })
        .toList();
  }

  // ---- binary mode -----------------------------------------------------------------------------

  @Test
  void d14_a_tombstone_is_an_event_without_data() {
    refusing(Broker.transport());
    Event<String> event = consumedAndDeadLettered(binary("key", null));
    assertThat(event.toCloudEvent().getData()).isNull();
    assertThat(event.data()).isEmpty();
  }

  @Test
  void d14_an_empty_value_is_an_event_with_empty_data() {
    refusing(Broker.transport());
    Event<String> event = consumedAndDeadLettered(binary("key", ""));
    assertThat(event.toCloudEvent().getData()).isNotNull();
  }

  @Test
  void d14_a_record_without_a_key_stays_without() {
    refusing(Broker.transport());
    assertThat(consumedAndDeadLettered(binary(null, "body")).data()).isEqualTo("body");
  }

  @Test
  void d14_of_a_repeated_header_the_last_counts_and_all_are_kept() {
    refusing(Broker.transport());
    Event<String> event =
        consumedAndDeadLettered(
            binary(
                "key",
                "body",
                "ce_id",
                "2",
                "mine",
                "b",
                "ce_tenant",
                "blue",
                "mine",
                "a",
                "ce_id",
                "3",
                "ce_tenant",
                "red",
                "mine",
                "b"));
    assertThat(event.id()).isEqualTo("3");
    assertThat(event.extension("tenant")).isEqualTo("red");
  }

  @Test
  void d14_headers_without_a_value_are_passed_over_and_kept() {
    refusing(Broker.transport());
    Event<String> event =
        consumedAndDeadLettered(
            binary(
                "key",
                "body",
                "ce_id",
                null,
                "ce_subject",
                null,
                "mine",
                null,
                "content-type",
                null,
                "ce_tenant",
                null));
    assertThat(event.id()).isEqualTo("1");
    assertThat(event.subject()).isNull();
    assertThat(event.toCloudEvent().getExtensionNames()).isEmpty();
  }

  @Test
  void d14_names_in_upper_case_are_read_and_kept() {
    refusing(Broker.transport());
    Event<String> event =
        consumedAndDeadLettered(
            binary("key", "body", "CE_ID", "2", "Ce_Tenant", "blue", "Content-Type", "text/html"));
    assertThat(event.id()).isEqualTo("2");
    assertThat(event.extension("tenant")).isEqualTo("blue");
    assertThat(event.toCloudEvent().getDataContentType()).isEqualTo("text/html");
  }

  // ---- structured mode -------------------------------------------------------------------------

  @Test
  void d14_a_structured_event_arrives_as_it_was_published_and_its_dead_letter_has_its_bytes() {
    Messaging messaging = refusing(Broker.builder().contentMode(ContentMode.STRUCTURED).build());
    Event<String> published =
        text.event("größe \u0001").withSubject("a subject").withExtension("tenant", "blue");
    Message record = messaging.message(published);
    assertThat(lines(record.headers()))
        .containsExactly("content-type=application/cloudevents+json");

    Broker.get(messaging.send(record));
    Event<String> event = deadLettered(record);
    assertThat(event.data()).isEqualTo(published.data());
    assertThat(event.id()).isEqualTo(published.id());
    assertThat(event.subject()).isEqualTo("a subject");
    assertThat(event.extension("tenant")).isEqualTo("blue");
  }

  @Test
  void d14_a_structured_event_of_anybody_is_kept_as_it_is_spelled() {
    refusing(Broker.transport());
    Message record =
        new Message(
            channel,
            null,
            List.of(
                new Header("mine", bytes("1")),
                new Header("Content-Type", bytes("application/CloudEvents+json; charset=utf-8")),
                new Header("mine", null)),
            bytes(
                "{ \"data\" : \"\\u0061\", \"type\":\"test.text.v1\", \"source\":\"urn:a\","
                    + " \"id\":\"7\",\n\"specversion\":\"1.0\", \"n\": 1, \"flag\":true, \"no\":null,"
                    + " \"datacontenttype\":\"text/plain\"}\n"));
    Event<String> event = consumedAndDeadLettered(record);
    assertThat(event.data()).isEqualTo("a");
    assertThat(event.extension("n")).isEqualTo(1);
    assertThat(event.extension("flag")).isEqualTo(true);
    assertThat(event.toCloudEvent().getExtensionNames()).containsExactlyInAnyOrder("n", "flag");
  }
}
