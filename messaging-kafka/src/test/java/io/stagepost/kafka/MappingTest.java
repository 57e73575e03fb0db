package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cloudevents.CloudEvent;
import io.stagepost.ConfigurationException;
import io.stagepost.ContentMode;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.net.URI;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plain records, as their topic's mapping says. */
@Timeout(600)
class MappingTest {
  private static final Instant TIME = Instant.parse("2026-11-21T10:00:00.123Z");

  private final String channel = Broker.unique("plain");
  private final String group = Broker.unique("group");
  private final EventType<String> changed =
      EventType.of("test.changed.v1", String.class)
          .source("urn:test")
          .channel(channel)
          .codec(new TextCodec());
  private final EventType<String> deleted =
      EventType.of("test.deleted.v1", String.class).channel(channel).codec(new TextCodec());
  private final BlockingQueue<CloudEvent> seen = new LinkedBlockingQueue<>();
  private final List<Messaging> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(Messaging::close);
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(UTF_8);
  }

  private static StoredMessage record(
      byte @Nullable [] key, byte @Nullable [] body, List<Header> headers) {
    return new StoredMessage(
        new Message("orders", key, headers, body), new Origin("orders", "3", "42", TIME));
  }

  private static StoredMessage record(@Nullable String key, @Nullable String body) {
    return record(bytes(key), bytes(body), List.of());
  }

  // ---- what a mapping makes of a record --------------------------------------------------------

  @Test
  void without_further_words_everything_comes_from_the_record() {
    CloudEvent event = Mapping.to("test.changed.v1").event(record("ada", "body"));
    assertThat(event.getType()).isEqualTo("test.changed.v1");
    assertThat(event.getSource()).isEqualTo(URI.create("kafka:orders"));
    assertThat(event.getId()).isEqualTo("orders-3-42");
    assertThat(event.getTime()).isEqualTo(TIME.atOffset(ZoneOffset.UTC));
    assertThat(event.getSubject()).isEqualTo("ada");
    assertThat(event.getDataContentType()).isNull();
    assertThat(event.getData()).isNotNull();
    assertThat(event.getData().toBytes()).isEqualTo(bytes("body"));
    assertThat(event.getExtensionNames()).isEmpty();
  }

  @Test
  void the_content_type_is_the_records_own_unless_it_is_set() {
    StoredMessage record =
        record(null, bytes("a"), List.of(new Header("content-type", bytes("text/csv"))));
    assertThat(Mapping.to("t").event(record).getDataContentType()).isEqualTo("text/csv");
    assertThat(Mapping.to("t").contentType("text/html").event(record).getDataContentType())
        .isEqualTo("text/html");
  }

  @Test
  void all_can_be_told_by_the_record() {
    StoredMessage record = record(bytes("7"), bytes("a"), List.of(new Header("kind", bytes("x"))));
    CloudEvent event =
        Mapping.to(each -> "test." + new String(each.message().header("kind"), UTF_8))
            .source("urn:legacy")
            .id(each -> "id-" + each.origin().position())
            .subject(each -> null)
            .event(record);
    assertThat(event.getType()).isEqualTo("test.x");
    assertThat(event.getSource()).isEqualTo(URI.create("urn:legacy"));
    assertThat(event.getId()).isEqualTo("id-42");
    assertThat(event.getSubject()).isNull();
  }

  @Test
  void a_key_that_is_no_text_is_no_subject() {
    for (byte[] key : new byte[][] {null, {}, {0, 0, 0, 42}, {(byte) 0xC3}, new byte[2_000]}) {
      assertThat(Mapping.to("t").event(record(key, bytes("a"), List.of())).getSubject()).isNull();
    }
  }

  @Test
  void tombstones_may_have_a_type_of_their_own() {
    Mapping mapping = Mapping.to("changed");
    assertThat(mapping.event(record("a", null)).getType()).isEqualTo("changed");
    assertThat(mapping.tombstones("deleted").event(record("a", null)).getType())
        .isEqualTo("deleted");
    assertThat(mapping.tombstones("deleted").event(record("a", "")).getType()).isEqualTo("changed");
    assertThat(mapping.event(record("a", null)).getData()).isNull();
  }

  @Test
  void a_copy_leaves_the_original_as_it_was() {
    Mapping mapping = Mapping.to("t");
    Mapping other = mapping.source("urn:b").tombstones("d").contentType("text/a").id(each -> "1");
    assertThat(mapping.event(record("a", "b")).getSource()).isEqualTo(URI.create("kafka:orders"));
    assertThat(other.source("urn:c").event(record("a", null)).getType()).isEqualTo("d");
    assertThat(other).hasToString("t, tombstones d");
    assertThat(Mapping.to(each -> "t")).hasToString("by record");
  }

  @Test
  void d05_a_function_that_fails_or_gives_nothing_makes_a_dead_letter() {
    for (Mapping mapping :
        List.of(
            Mapping.to(
                each -> {
                  throw new IllegalStateException("secret");
                }),
            Mapping.to(each -> ""),
            Mapping.to(""),
            Mapping.to("t").id(each -> ""))) {
      assertThatThrownBy(() -> mapping.event(record("a", "b")))
          .isInstanceOf(DecodeException.class)
          .hasMessageStartingWith("SP-KAFKA-026")
          .hasMessageContaining("orders-3-42")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void d19_two_mappings_for_one_topic_are_told_at_start() {
    assertThatThrownBy(
            () ->
                KafkaTransport.builder()
                    .bootstrapServers("localhost:9092")
                    .mapping("orders", Mapping.to("a"))
                    .mapping("orders", Mapping.to("b"))
                    .build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-KAFKA-029")
        .hasMessageContaining("orders");
  }

  // ---- which records are mapped ----------------------------------------------------------------

  private Messaging over(KafkaTransport transport) {
    Messaging messaging = Messaging.over(transport);
    open.add(messaging);
    return messaging;
  }

  private Messaging mapped() {
    return over(
        Broker.builder()
            .partitions(1)
            .mapping(channel, Mapping.to("test.changed.v1").tombstones("test.deleted.v1"))
            .build());
  }

  private void subscribe(Messaging messaging, String subscription) {
    messaging
        .subscribe(subscription)
        .on(changed, (event, context) -> refuse(event.toCloudEvent()))
        .on(deleted, (event, context) -> refuse(event.toCloudEvent()))
        .start();
  }

  private Outcome refuse(CloudEvent event) {
    seen.add(event);
    return Outcome.deadLetter("no-good");
  }

  private List<Message> deadLetters() {
    return Broker.stored(Policy.defaults().deadLetterAddress(channel, group)).stream()
        .map(StoredMessage::message)
        .toList();
  }

  private static @Nullable String text(Message message, String header) {
    byte[] value = message.header(header);
    return value == null ? null : new String(value, UTF_8);
  }

  @Test
  void d07_a_record_is_the_same_event_each_time_and_as_a_dead_letter_and_when_sent_back() {
    Messaging messaging = mapped();
    subscribe(messaging, group);
    Header mine = new Header("mine", bytes("1"));
    Broker.write(new Message(channel, bytes("ada"), List.of(mine, mine), bytes("body")));
    await().until(() -> deadLetters().size() == 1);
    CloudEvent event = seen.remove();
    assertThat(event.getId()).isEqualTo(channel + "-0-0");
    assertThat(event.getSource()).isEqualTo(URI.create("kafka:" + channel));
    assertThat(event.getTime()).isNotNull();

    // to another subscription
    subscribe(messaging, Broker.unique("other"));
    await().until(() -> !seen.isEmpty());
    assertThat(seen.remove()).isEqualTo(event);

    // as a dead letter
    Message dead = deadLetters().get(0);
    assertThat(dead.key()).isEqualTo(bytes("ada"));
    assertThat(dead.body()).isEqualTo(bytes("body"));
    assertThat(dead.headers().subList(0, 2))
        .extracting(Header::name)
        .containsExactly("mine", "mine");
    assertThat(text(dead, FailureHeaders.ORIGIN_TIME)).isNotNull();
    assertThat(messaging.transport().decode(dead)).isEqualTo(event);

    // and sent back to where it was, at another offset, however often
    for (int times = 2; times <= 3; times++) {
      int expected = times;
      Broker.get(messaging.send(dead.to(channel)));
      await().until(() -> deadLetters().size() == expected);
      dead = deadLetters().get(times - 1);
      assertThat(messaging.transport().decode(dead)).isEqualTo(event);
    }
    await().until(() -> seen.size() == 4); // by both subscriptions
    assertThat(seen).allMatch(event::equals);
  }

  @Test
  void d14_tombstones_and_records_without_a_key_are_consumed_and_kept_as_they_are() {
    subscribe(mapped(), group);
    Broker.write(new Message(channel, bytes("ada"), List.of(new Header("none", null)), null));
    Broker.write(new Message(channel, null, List.of(), bytes("body")));
    await().until(() -> deadLetters().size() == 2);
    assertThat(seen)
        .extracting(CloudEvent::getType, CloudEvent::getSubject, event -> event.getData() == null)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("test.deleted.v1", "ada", true),
            org.assertj.core.groups.Tuple.tuple("test.changed.v1", null, false));
    for (Message dead : deadLetters()) {
      boolean tombstone = dead.body() == null;
      assertThat(dead.body()).isEqualTo(tombstone ? null : bytes("body"));
      assertThat(dead.key()).isEqualTo(tombstone ? bytes("ada") : null);
      assertThat(dead.headers().get(0).name())
          .isEqualTo(tombstone ? "none" : FailureHeaders.REASON);
      assertThat(dead.headers().get(0).value() == null).isEqualTo(tombstone);
    }
  }

  @Test
  void what_is_a_cloud_event_already_is_left_alone() {
    Messaging messaging = mapped();
    subscribe(messaging, group);
    CloudEvent published = changed.event("body").toCloudEvent();
    Broker.get(messaging.send(messaging.transport().encode(channel, null, published)));
    KafkaBinding structured = new KafkaBinding(ContentMode.STRUCTURED, Map.of());
    Broker.get(messaging.send(structured.encode(channel, null, published)));
    await().until(() -> seen.size() == 2);
    assertThat(seen).allMatch(published::equals);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CE_SpecVersion", "ce_id", "ce_source", "ce_type"})
  void d05_half_a_cloud_event_is_none_and_is_not_mapped(String header) {
    KafkaBinding binding =
        new KafkaBinding(ContentMode.BINARY, Map.of("orders", Mapping.to("test.changed.v1")));
    StoredMessage record = record(null, bytes("a"), List.of(new Header(header, bytes("1.0"))));
    assertThatThrownBy(() -> binding.decode(record.message()))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-CE-002");
  }

  @Test
  void d05_where_it_lay_must_be_known_and_its_topic_be_mapped() {
    KafkaBinding binding =
        new KafkaBinding(ContentMode.BINARY, Map.of("orders", Mapping.to("test.changed.v1")));
    Message record = record("a", "b").message();
    assertThatThrownBy(() -> binding.decode(record)).hasMessageStartingWith("SP-KAFKA-028");
    assertThatThrownBy(() -> binding.decode(record.to("others")))
        .hasMessageStartingWith("SP-CE-002")
        .hasMessageContaining("mapping(");
  }

  @Test
  void d05_a_plain_record_of_a_topic_without_a_mapping_is_a_dead_letter_that_says_what_to_do() {
    subscribe(over(Broker.transport()), group);
    Broker.write(new Message(channel, null, List.of(), bytes("body")));
    await().until(() -> deadLetters().size() == 1);
    assertThat(text(deadLetters().get(0), FailureHeaders.EXCEPTION_MESSAGE))
        .startsWith("SP-CE-002")
        .contains("mapping(");
    assertThat(seen).isEmpty();
  }
}
