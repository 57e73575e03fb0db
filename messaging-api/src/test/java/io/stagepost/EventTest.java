package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

class EventTest {
  private static final EventType<String> GREETING =
      EventType.of("com.example.greeting.v1", String.class)
          .source("urn:example:greeter")
          .channel("greetings")
          .key(text -> text.substring(0, 1))
          .subject(text -> "greeting/" + text)
          .dataSchema(URI.create("https://example.com/greeting.json"))
          .codec(new Text());

  @Test
  void a_new_event_has_the_attributes_of_its_type() {
    CloudEvent event = GREETING.event("hello").toCloudEvent();
    assertThat(event.getType()).isEqualTo("com.example.greeting.v1");
    assertThat(event.getSource()).isEqualTo(URI.create("urn:example:greeter"));
    assertThat(event.getId()).isNotBlank();
    assertThat(event.getSubject()).isEqualTo("greeting/hello");
    assertThat(event.getDataContentType()).isEqualTo("text/plain");
    assertThat(event.getDataSchema()).isEqualTo(URI.create("https://example.com/greeting.json"));
    assertThat(event.getData().toBytes()).isEqualTo("hello".getBytes(UTF_8));
    assertThat(GREETING.event("hello").key()).isEqualTo("h");
  }

  @Test
  void a_received_cloud_event_comes_back_as_it_was_with_all_attributes_and_extensions() {
    CloudEvent received =
        CloudEventBuilder.v1()
            .withId("e-1")
            .withSource(URI.create("/relative/source"))
            .withType("com.example.greeting.v1")
            .withSubject("s")
            .withTime(OffsetDateTime.parse("2026-03-03T14:23:44.123456789+05:30"))
            .withDataSchema(URI.create("urn:schema"))
            .withData("text/plain; charset=utf-8", "hi".getBytes(UTF_8))
            .withExtension("text", "t")
            .withExtension("number", 7)
            .withExtension("flag", true)
            .withExtension("uri", URI.create("urn:x"))
            .withExtension("instant", OffsetDateTime.parse("2026-03-03T14:23:44Z"))
            .build();
    Event<String> event = GREETING.event(received);
    assertThat(event.data()).isEqualTo("hi");
    assertThat(event.toCloudEvent()).isSameAs(received);
    CloudEvent copy = event.withExtension("more", "m").toCloudEvent();
    assertThat(copy).isEqualTo(CloudEventBuilder.v1(received).withExtension("more", "m").build());
  }

  @Test
  void an_event_without_data_survives_too_where_its_codec_reads_that() {
    CloudEvent received =
        CloudEventBuilder.v1()
            .withId("e-1")
            .withSource(URI.create("urn:x"))
            .withType("com.example.greeting.v1")
            .build();
    EventType<String> empty =
        GREETING.codec(
            new Text() {
              @Override
              public boolean readsNoData() {
                return true;
              }
            });
    assertThat(empty.event(received).toCloudEvent()).isSameAs(received);
    assertThatThrownBy(() -> GREETING.event(received))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-API-037");
  }

  @Test
  void extensions_of_a_new_event_are_published_and_its_time_is_kept_or_supplied() {
    OffsetDateTime now = OffsetDateTime.parse("2026-01-01T00:00:00Z");
    Event<String> stated =
        GREETING
            .event("x")
            .withId("mine")
            .withSource(URI.create("urn:other"))
            .withSubject("subject")
            .withExtension("tenant", "t1")
            .withExpiry(Instant.parse("2026-02-01T00:00:00Z"));
    CloudEvent event = stated.toCloudEvent(stated.encoded(), now);
    assertThat(event.getId()).isEqualTo("mine");
    assertThat(event.getSource()).isEqualTo(URI.create("urn:other"));
    assertThat(event.getSubject()).isEqualTo("subject");
    assertThat(event.getTime()).isEqualTo(now);
    assertThat(event.getExtension("tenant")).isEqualTo("t1");
    Event<String> dated = GREETING.event("x").withTime(Instant.parse("2020-01-01T00:00:00Z"));
    assertThat(dated.toCloudEvent(dated.encoded(), now).getTime())
        .isEqualTo(OffsetDateTime.parse("2020-01-01T00:00:00Z"));
  }

  @Test
  void d16_d17_a_reply_names_its_cause_and_inherits_chain_deadline_and_trace() {
    Event<String> first =
        GREETING
            .event("question")
            .withExpiry(Instant.parse("2030-01-01T00:00:00Z"))
            .withExtension(
                "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    Event<String> second = first.reply(GREETING, "answer");
    Event<String> third = second.reply(GREETING, "thanks");
    assertThat(second.extension("causationid")).isEqualTo(first.id());
    assertThat(second.extension("correlationid")).isEqualTo(first.id());
    assertThat(third.extension("causationid")).isEqualTo(second.id());
    assertThat(third.extension("correlationid")).isEqualTo(first.id());
    assertThat(third.expiry()).isEqualTo(first.expiry());
    assertThat(third.extension("traceparent")).isEqualTo(first.extension("traceparent"));
    assertThat(third.id()).isNotEqualTo(first.id());
  }

  @Test
  void expiry_is_read_from_text_as_kafka_carries_it_and_nonsense_means_none() {
    assertThat(expiring("2026-02-01T00:00:00Z").expiry())
        .isEqualTo(Instant.parse("2026-02-01T00:00:00Z"));
    assertThat(expiring("tomorrow").expiry()).isNull();
  }

  @Test
  void what_is_missing_is_named_with_the_remedy() {
    EventType<String> bare = EventType.of("com.example.bare.v1", String.class);
    assertThatThrownBy(() -> bare.event("x"))
        .hasMessage(
            "SP-API-003 The event type com.example.bare.v1 has no source;"
                + " set it with EventType.source(...).");
    assertThatThrownBy(bare::channel).hasMessageContaining("EventType.channel(...)");
    assertThatThrownBy(bare::codec).hasMessageContaining("EventType.codec(...)");
    assertThatThrownBy(() -> EventType.of(" ", String.class)).hasMessageStartingWith("SP-API-001");
  }

  @Test
  void another_type_is_refused() {
    CloudEvent other =
        CloudEventBuilder.v1()
            .withId("1")
            .withSource(URI.create("urn:x"))
            .withType("com.example.other.v1")
            .build();
    assertThatThrownBy(() -> GREETING.event(other))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("com.example.other.v1");
  }

  private static Event<String> expiring(String text) {
    return GREETING.event("x").withExtension("expirytime", text);
  }

  private static class Text implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      return type.payload().cast(new String(encoded.bytes(), UTF_8));
    }
  }
}
