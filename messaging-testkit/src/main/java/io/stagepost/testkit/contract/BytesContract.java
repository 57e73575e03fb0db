package io.stagepost.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.FailurePolicy;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Byte for byte: what travels is changed by nobody, on no way. */
abstract class BytesContract extends PublishingContract {
  private static final byte[] BINARY = {0, -1, 5, -61, 40, 127, -128, 10, 13};
  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private static Header header(String name, byte @Nullable ... value) {
    return new Header(name, value);
  }

  /** Sends it, and gives it as the browser shows it and as a receiver gets it. */
  private List<Message> thereAndBack(
      List<Header> headers, byte @Nullable [] key, byte @Nullable [] body) {
    String address = address("bytes");
    String group = group(address);
    get(sender().send(new Message(address, key, headers, body)));
    Taking intake = new Taking();
    receive(transport(), group, address, intake);
    await().until(() -> !intake.taken().isEmpty());
    assertThat(intake.taken()).hasSize(1);
    assertThat(intake.taken().get(0).key()).isEqualTo(key);
    assertThat(intake.taken().get(0).address()).isEqualTo(address);
    return List.of(only(address), intake.taken().get(0).message());
  }

  /** In their order, where the transport keeps it. */
  private void assertSame(List<Header> headers, List<Header> expected) {
    if (has(Capability.REPEATED_HEADERS)) {
      assertThat(headers).extracting(Header::name).containsExactlyElementsOf(names(expected));
    } else {
      assertThat(headers)
          .extracting(Header::name)
          .containsExactlyInAnyOrderElementsOf(names(expected));
    }
    for (Header each : expected) {
      List<byte @Nullable []> values = values(headers, each.name());
      assertThat(values).as(each.name()).containsExactlyElementsOf(values(expected, each.name()));
    }
  }

  private static List<byte @Nullable []> values(List<Header> headers, String name) {
    List<byte @Nullable []> values = new ArrayList<>();
    for (Header header : headers) {
      if (header.name().equals(name)) {
        values.add(header.value());
      }
    }
    return values;
  }

  private static List<String> names(List<Header> headers) {
    return headers.stream().map(Header::name).toList();
  }

  /** A key, a body and header values of any bytes come as they went. */
  @Test
  public void d14_binary_keys_bodies_and_header_values_survive() {
    List<Header> headers = List.of(header("a", BINARY), header("b", (byte) 1), header("c"));
    for (Message came : thereAndBack(headers, BINARY, BINARY)) {
      assertThat(came.key()).isEqualTo(BINARY);
      assertThat(came.body()).isEqualTo(BINARY);
      assertSame(came.headers(), headers);
    }
  }

  /** Headers keep their order; names may repeat, and are case-sensitive. */
  @Test
  @Exercises(Capability.REPEATED_HEADERS)
  public void d14_headers_repeat_and_keep_their_order() {
    List<Header> headers =
        List.of(
            header("z", (byte) 1),
            header("a", (byte) 2),
            header("A", (byte) 3),
            header("z", (byte) 4),
            header("z", (byte) 1));
    for (Message came : thereAndBack(headers, null, new byte[] {1})) {
      if (has(Capability.REPEATED_HEADERS)) {
        assertSame(came.headers(), headers);
      } else {
        for (String name : names(headers)) {
          assertThat(came.header(name))
              .isEqualTo(new Message("", null, headers, null).header(name));
        }
      }
    }
  }

  /** A header without a value is not one with an empty value. */
  @Test
  public void d14_a_header_of_null_and_an_empty_one_are_told_apart() {
    List<Header> headers = List.of(new Header("none", null), header("empty"), header("a", BINARY));
    thereAndBack(headers, null, new byte[] {1})
        .forEach(came -> assertSame(came.headers(), headers));
  }

  /** No body (a tombstone on Kafka) is not an empty body. */
  @Test
  @Exercises(Capability.NULL_BODY)
  public void d14_no_body_and_an_empty_body_are_told_apart() {
    byte[] empty = {};
    thereAndBack(List.of(), null, empty).forEach(came -> assertThat(came.body()).isEqualTo(empty));
    for (Message came : thereAndBack(List.of(), null, null)) {
      if (has(Capability.NULL_BODY)) {
        assertThat(came.body()).isNull();
      } else {
        assertThat(came.body())
            .satisfiesAnyOf(body -> assertThat(body).isNull(), body -> assertThat(body).isEmpty());
      }
    }
  }

  /** No key is not an empty key: events without one have no order. */
  @Test
  public void d14_no_key_and_an_empty_key_are_told_apart() {
    byte[] empty = {};
    thereAndBack(List.of(), null, BINARY).forEach(came -> assertThat(came.key()).isNull());
    thereAndBack(List.of(), empty, BINARY).forEach(came -> assertThat(came.key()).isEqualTo(empty));
  }

  /** A large message is one message: 200 kB of any bytes. */
  @Test
  public void d14_a_large_body_survives() {
    byte[] large = new byte[200_000];
    for (int i = 0; i < large.length; i++) {
      large[i] = (byte) (i * 31 + i / 251);
    }
    thereAndBack(List.of(), BINARY, large)
        .forEach(came -> assertThat(came.body()).isEqualTo(large));
  }

  /** Every CloudEvents attribute and extension of an event comes as it was published. */
  @Test
  public void d14_an_event_keeps_its_attributes_and_extensions() {
    EventType<Step> step =
        Step.on(address("attributes")).dataSchema(URI.create("urn:test:schema:1"));
    Event<Step> event =
        step.event(new Step("schlüssel ✓", 1))
            .withId("an id/with §igns")
            .withSource(URI.create("/a/relative?source=1"))
            .withSubject("größe ≥ 1")
            .withTime(Instant.parse("2026-01-02T03:04:05.678901Z"))
            .withExtension("tenant", "blåbær \"quoted\" 100%");
    Event<Step> came = handled(step, event);

    assertThat(came.data()).isEqualTo(event.data());
    assertThat(came.key()).isEqualTo("schlüssel ✓");
    assertThat(came.id()).isEqualTo(event.id());
    assertThat(came.source()).isEqualTo(event.source());
    assertThat(came.subject()).isEqualTo(event.subject());
    assertThat(came.time()).isEqualTo(event.time());
    assertThat(came.extension("tenant")).isEqualTo("blåbær \"quoted\" 100%");
    assertThat(came.toCloudEvent().getDataContentType()).isEqualTo("text/plain");
    assertThat(came.toCloudEvent().getDataSchema()).isEqualTo(URI.create("urn:test:schema:1"));
  }

  /** Publishes it, and gives what a handler got. */
  private Event<Step> handled(EventType<Step> step, Event<Step> event) {
    BlockingQueue<Event<Step>> handled = new LinkedBlockingQueue<>();
    Messaging messaging = connect();
    messaging.subscribe(group()).on(step, handled::add).start();
    get(messaging.publish(event));
    await().until(() -> !handled.isEmpty());
    return handled.remove();
  }

  /**
   * A dead letter has the body, the key and every header of the original, in order, and why it is
   * one beside them.
   */
  @Test
  public void d14_a_dead_letter_has_the_bytes_the_key_and_the_headers_and_why_beside_them() {
    String address = address("failing");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    messaging.subscribe(group).on(step, (event, context) -> Outcome.deadLetter("no-good")).start();
    Message published =
        messaging.message(step.event(new Step("ada", 1)).withExtension("tenant", "blue"));
    List<Header> headers = new ArrayList<>(published.headers());
    headers.add(0, header("mine", BINARY));
    headers.add(header("empty"));
    get(messaging.send(new Message(address, published.key(), headers, published.body())));

    Message dead = only(Policy.defaults().deadLetterAddress(address, group));
    assertThat(dead.key()).isEqualTo("ada".getBytes(UTF_8));
    assertThat(dead.body()).isEqualTo(published.body());
    assertSame(dead.headers().subList(0, headers.size()), headers);
    assertThat(Taking.text(dead.header(FailureHeaders.REASON))).isEqualTo("no-good");
    assertThat(Taking.text(dead.header(FailureHeaders.SUBSCRIPTION))).isEqualTo(group);
    assertThat(Taking.text(dead.header(FailureHeaders.ORIGIN_ADDRESS))).isEqualTo(address);
    awaitSettled(group, address);
  }

  /**
   * Bytes that are no event become a dead letter with those same bytes, key and headers, and the
   * channel goes on.
   */
  @Test
  public void d05_what_cannot_be_decoded_is_dead_lettered_as_it_is_and_the_channel_goes_on() {
    String address = address("rubbish");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    Runs runs = new Runs();
    messaging.subscribe(group).on(step, runs::note).start();
    List<Header> headers = List.of(header("trace", BINARY), new Header("none", null));
    get(messaging.send(new Message(address, "ada".getBytes(UTF_8), headers, BINARY)));
    publish(messaging, step, "ada", 0, 3);

    Message dead = only(Policy.defaults().deadLetterAddress(address, group));
    assertThat(dead.body()).isEqualTo(BINARY);
    assertThat(dead.key()).isEqualTo("ada".getBytes(UTF_8));
    assertSame(dead.headers().subList(0, headers.size()), headers);
    assertThat(Taking.text(dead.header(FailureHeaders.REASON)))
        .isEqualTo(FailurePolicy.UNDECODABLE);
    await().until(() -> runs.handled() == 3);
    awaitSettled(group, address);
  }

  /** An event whose data is no payload of its type is poison too: its attributes do not save it. */
  @Test
  public void d05_data_that_the_codec_refuses_is_dead_lettered_as_it_is() {
    String address = address("poison");
    String group = group(address);
    Messaging messaging = connect();
    messaging.subscribe(group).on(Step.on(address), event -> {}).start();
    Message good = messaging.message(Step.on(address).event(new Step("ada", 1)));
    get(messaging.send(new Message(address, good.key(), good.headers(), BINARY)));

    Message dead = only(Policy.defaults().deadLetterAddress(address, group));
    assertThat(dead.body()).isEqualTo(BINARY);
    assertSame(dead.headers().subList(0, good.headers().size()), good.headers());
  }

  /**
   * A dead letter that is sent to its channel again is the same event: same id, source, key, data
   * and extensions.
   */
  @Test
  public void d15_a_dead_letter_that_is_sent_back_keeps_its_id_and_source() {
    String address = address("replay");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    BlockingQueue<Event<Step>> handled = new LinkedBlockingQueue<>();
    messaging
        .subscribe(group)
        .on(
            step,
            (event, context) -> {
              handled.add(event);
              return handled.size() == 1 ? Outcome.deadLetter("not-yet") : Outcome.done();
            })
        .start();
    Event<Step> event = step.event(new Step("ada", 7)).withExtension("tenant", "blue");
    get(messaging.publish(event));
    Message dead = only(Policy.defaults().deadLetterAddress(address, group));

    get(messaging.send(dead.to(address)));

    await().until(() -> handled.size() == 2);
    assertThat(handled)
        .allSatisfy(
            each -> {
              assertThat(each.id()).isEqualTo(event.id());
              assertThat(each.source()).isEqualTo(event.source());
              assertThat(each.key()).isEqualTo("ada");
              assertThat(each.data()).isEqualTo(event.data());
              assertThat(each.extension("tenant")).isEqualTo("blue");
            });
  }

  /** The trace context and the correlation of an event come as they were published. */
  @Test
  public void d16_trace_context_and_correlation_travel_with_the_event() {
    EventType<Step> step = Step.on(address("traced"));
    Event<Step> came = handled(step, traced(step));
    assertThat(text(came, "traceparent")).isEqualTo(TRACE);
    assertThat(text(came, "tracestate")).isEqualTo("vendor=a1,other=b2");
    assertThat(text(came, "correlationid")).isEqualTo("chain-1");
  }

  /** They are in its dead letter too, and in what is sent back from there. */
  @Test
  public void d16_trace_context_and_correlation_survive_the_dead_letter() {
    String address = address("traced");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    messaging.subscribe(group).on(step, (event, context) -> Outcome.deadLetter("no-good")).start();
    get(messaging.publish(traced(step)));

    Message dead = only(Policy.defaults().deadLetterAddress(address, group));
    Event<Step> event = step.event(messaging.transport().decode(dead));
    assertThat(text(event, "traceparent")).isEqualTo(TRACE);
    assertThat(text(event, "tracestate")).isEqualTo("vendor=a1,other=b2");
    assertThat(text(event, "correlationid")).isEqualTo("chain-1");
  }

  private static Event<Step> traced(EventType<Step> step) {
    return step.event(new Step("ada", 1))
        .withExtension("traceparent", TRACE)
        .withExtension("tracestate", "vendor=a1,other=b2")
        .withExtension("correlationid", "chain-1");
  }

  /** The instant until which an event may be handled comes as it was published. */
  @Test
  public void d17_the_expiry_travels_with_the_event_and_to_its_replies() {
    EventType<Step> step = Step.on(address("deadline"));
    Instant expiry = Instant.now().plusSeconds(3_600);
    Event<Step> came = handled(step, step.event(new Step("ada", 1)).withExpiry(expiry));
    assertThat(came.expiry()).isEqualTo(expiry);
    assertThat(came.reply(step, new Step("ada", 2)).expiry()).isEqualTo(expiry);
  }

  /** An event past its expiry is not handled, but dead-lettered; fresh ones are handled. */
  @Test
  public void d13_an_expired_event_is_not_handled_but_dead_lettered() {
    String address = address("expiring");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    Runs runs = new Runs();
    messaging.subscribe(group).on(step, runs::note).start();
    Instant now = Instant.now();
    // past the road, which would not send what nobody would handle
    get(
        messaging.send(
            messaging.message(step.event(new Step("late", 0)).withExpiry(now.minusSeconds(1)))));
    get(messaging.publish(step.event(new Step("fresh", 0)).withExpiry(now.plusSeconds(600))));

    Message dead = only(Policy.defaults().deadLetterAddress(address, group));
    assertThat(Taking.text(dead.body())).isEqualTo("late#0");
    assertThat(Taking.text(dead.header(FailureHeaders.REASON))).isEqualTo("expired");
    await().until(() -> runs.handled("fresh", 0));
    assertThat(runs.starts("late")).isEmpty();
    awaitSettled(group, address);
  }
}
