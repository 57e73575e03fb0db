package io.stagepost.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.DecodeException;
import io.stagepost.PublishRejectedException;
import io.stagepost.Receipt;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.StoredMessage;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Binding, addresses, browsing, and the capabilities that it is told to lack. */
class TransportTest {
  private final ManualClock clock = new ManualClock();

  private InMemoryTransport.Builder builder() {
    return InMemoryTransport.builder().clock(clock).partitions(1);
  }

  private static Receipt send(InMemoryTransport transport, Message message) {
    try (Sender sender = transport.sender(Duration.ofSeconds(30))) {
      return sender.send(message).join();
    }
  }

  private static Message message(String address, String body) {
    return new Message(address, null, List.of(), body.getBytes(UTF_8));
  }

  private static CloudEventBuilder event() {
    return CloudEventBuilder.v1()
        .withId("1")
        .withSource(URI.create("urn:example:orders"))
        .withType("com.example.order.placed.v1");
  }

  // ---- CloudEvents -----------------------------------------------------------------------------

  @Test
  void a_cloudevent_comes_back_as_it_went_unknown_attributes_included() {
    InMemoryTransport transport = builder().build();
    CloudEvent event =
        event()
            .withSubject("Å")
            .withTime(OffsetDateTime.parse("2026-01-01T00:00:00.123456789+02:00"))
            .withDataContentType("application/json")
            .withDataSchema(URI.create("urn:example:schema"))
            .withExtension("traceparent", "00-1-2-03")
            .withData("{}".getBytes(UTF_8))
            .build();
    Message message = transport.encode("orders", "ada", event);
    assertThat(message.key()).isEqualTo("ada".getBytes(UTF_8));
    assertThat(message.header("ce_type")).isEqualTo(event.getType().getBytes(UTF_8));
    assertThat(message.header("content-type")).isEqualTo("application/json".getBytes(UTF_8));
    assertThat(transport.decode(message)).isEqualTo(event);
  }

  @Test
  void no_data_and_empty_data_are_kept_apart() {
    InMemoryTransport transport = builder().build();
    assertThat(transport.encode("orders", null, event().build()).body()).isNull();
    assertThat(transport.decode(transport.encode("orders", null, event().build())).getData())
        .isNull();
    CloudEvent empty = event().withData(new byte[0]).build();
    assertThat(transport.encode("orders", null, empty).body()).isEmpty();
    assertThat(transport.decode(transport.encode("orders", null, empty))).isEqualTo(empty);
  }

  @ParameterizedTest
  @ValueSource(strings = {"specversion", "id", "source", "type"})
  void a_message_without_a_required_attribute_is_no_cloudevent(String attribute) {
    InMemoryTransport transport = builder().build();
    Message whole = transport.encode("orders", null, event().build());
    List<Header> headers = new ArrayList<>(whole.headers());
    headers.removeIf(header -> header.name().equals("ce_" + attribute));
    assertThatThrownBy(() -> transport.decode(new Message("orders", null, headers, null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("SP-TEST-010")
        .hasMessageContaining("ce_" + attribute);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ce_specversion=7", "ce_time=noon", "ce_source=:::", "ce_Bad Name=1"})
  void a_malformed_attribute_makes_it_no_cloudevent(String header) {
    InMemoryTransport transport = builder().build();
    List<Header> headers =
        new ArrayList<>(transport.encode("orders", null, event().build()).headers());
    String[] parts = header.split("=", 2);
    headers.removeIf(each -> each.name().equals(parts[0]));
    headers.add(new Header(parts[0], parts[1].getBytes(UTF_8)));
    assertThatThrownBy(() -> transport.decode(new Message("orders", null, headers, null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("SP-TEST-012");
  }

  @Test
  void structured_mode_is_not_read() {
    Header structured = new Header("content-type", "application/CloudEvents+json".getBytes(UTF_8));
    assertThatThrownBy(
            () -> builder().build().decode(new Message("o", null, List.of(structured), null)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("SP-TEST-011");
  }

  // ---- messages --------------------------------------------------------------------------------

  @Test
  void what_is_stored_is_what_was_sent_byte_for_byte_whatever_the_sender_does_afterwards() {
    InMemoryTransport transport = builder().build();
    byte[] key = {1, 2};
    byte[] value = {3};
    byte[] body = {4, 5};
    List<Header> headers =
        new ArrayList<>(
            List.of(new Header("a", value), new Header("a", null), new Header("", value)));
    send(transport, new Message("orders", key, headers, body));
    key[0] = 9;
    value[0] = 9;
    body[0] = 9;
    headers.clear();
    Message stored = transport.stored("orders").get(0).message();
    assertThat(stored.key()).containsExactly(1, 2);
    assertThat(stored.body()).containsExactly(4, 5);
    assertThat(stored.headers()).extracting(Header::name).containsExactly("a", "a", "");
    assertThat(stored.headers().get(0).value()).containsExactly(3);
    assertThat(stored.headers().get(1).value()).isNull();
  }

  @Test
  void equal_keys_share_a_partition_and_unkeyed_messages_take_turns() {
    InMemoryTransport transport = builder().partitions(4).build();
    for (int i = 0; i < 8; i++) {
      send(transport, new Message("keyed", new byte[] {7}, List.of(), new byte[] {(byte) i}));
      send(transport, message("unkeyed", "x"));
    }
    assertThat(transport.stored("keyed"))
        .extracting(stored -> stored.origin().partition())
        .containsOnly(transport.stored("keyed").get(0).origin().partition());
    assertThat(transport.stored("unkeyed"))
        .extracting(stored -> stored.origin().partition())
        .containsExactly("0", "1", "2", "3", "0", "1", "2", "3");
  }

  @Test
  void a_closed_sender_rejects_and_what_it_had_taken_is_confirmed_before() {
    InMemoryTransport transport = builder().build();
    Sender sender = transport.sender(Duration.ofSeconds(30));
    CompletableFuture<Receipt> sent = sender.send(message("orders", "a"));
    sender.close();
    sender.close();
    assertThat(sent).isCompleted();
    CompletableFuture<Receipt> late = sender.send(message("orders", "b"));
    assertThatThrownBy(late::join).hasMessageContaining("SP-TEST-022");
    assertThat(transport.stored("orders")).hasSize(1);
  }

  // ---- addresses -------------------------------------------------------------------------------

  @Test
  void a_missing_address_is_created_by_who_publishes_to_it() {
    assertThat(send(builder().build(), message("new", "a")).position()).isEqualTo("0/0");
  }

  @Test
  void a_transport_that_only_verifies_refuses_missing_addresses_until_they_are_created() {
    InMemoryTransport transport = builder().verifyOnly().build();
    assertThat(transport.topology().provision(Set.of(Need.channel("orders"))).problems())
        .singleElement()
        .asString()
        .startsWith("SP-TEST-020")
        .contains("orders");
    assertThatThrownBy(() -> send(transport, message("orders", "a")))
        .cause()
        .isInstanceOf(PublishRejectedException.class)
        .hasMessageContaining("SP-TEST-020");
    transport.create("orders");
    assertThat(transport.topology().provision(Set.of(Need.channel("orders"))).problems()).isEmpty();
    send(transport, message("orders", "a"));
  }

  @Test
  void an_address_of_no_name_routes_nowhere() {
    InMemoryTransport transport = builder().build();
    assertThatThrownBy(() -> send(transport, message("", "a"))).hasMessageContaining("SP-TEST-020");
    assertThat(transport.topology().provision(Set.of(Need.channel("two words"))).problems())
        .hasSize(1);
  }

  @Test
  void browsing_reads_without_consuming() {
    InMemoryTransport transport = builder().build();
    send(transport, message("orders", "a"));
    send(transport, message("orders", "b"));
    List<StoredMessage> seen = new ArrayList<>();
    transport.browser().browse("orders", seen::add);
    assertThat(seen).extracting(stored -> stored.origin().position()).containsExactly("0", "1");
    assertThat(seen.get(0).origin().time()).isEqualTo(clock.instant());
    assertThatThrownBy(() -> transport.browser().browse("none", seen::add))
        .hasMessageContaining("SP-TEST-020");
  }

  @Test
  void closing_a_connection_leaves_the_broker_and_the_others_alone() {
    InMemoryTransport first = builder().build();
    InMemoryTransport second = first.another();
    send(first, message("orders", "a"));
    first.close();
    first.close();
    send(second, message("orders", "b"));
    assertThat(second.stored("orders")).hasSize(2);
  }

  // ---- what it is told to lack -----------------------------------------------------------------

  @Test
  void what_it_lacks_it_declares() {
    InMemoryTransport transport = builder().lacking(Capability.LAG, "nobody counts").build();
    assertThat(transport.capabilities().whyLacking(Capability.LAG)).isEqualTo("nobody counts");
    assertThatThrownBy(() -> transport.topology().lag("billing", Set.of()))
        .hasMessageContaining("SP-TEST-024")
        .hasMessageContaining("nobody counts");
  }

  @Test
  void without_browsing_nothing_is_browsed() {
    InMemoryTransport transport = builder().lacking(Capability.BROWSING, "why").build();
    assertThatThrownBy(() -> transport.browser().browse("orders", message -> {}))
        .hasMessageContaining("SP-TEST-024");
  }

  @Test
  void without_refusing_the_unroutable_it_vanishes() {
    InMemoryTransport transport =
        builder().verifyOnly().lacking(Capability.REFUSES_UNROUTABLE, "why").build();
    assertThat(send(transport, message("orders", "a")).position()).isEmpty();
    assertThat(transport.stored("orders")).isEmpty();
  }

  @Test
  void without_ordered_keys_equal_keys_spread() {
    InMemoryTransport transport =
        builder().partitions(2).lacking(Capability.ORDERED_KEYS, "why").build();
    for (int i = 0; i < 2; i++) {
      send(transport, new Message("orders", new byte[] {7}, List.of(), null));
    }
    assertThat(transport.stored("orders"))
        .extracting(stored -> stored.origin().partition())
        .containsExactly("0", "1");
  }

  @Test
  void without_repeated_headers_the_last_one_stays() {
    InMemoryTransport transport = builder().lacking(Capability.REPEATED_HEADERS, "why").build();
    List<Header> headers =
        List.of(
            new Header("a", new byte[] {1}),
            new Header("b", new byte[] {2}),
            new Header("a", new byte[] {3}));
    send(transport, new Message("orders", null, headers, null));
    assertThat(transport.stored("orders").get(0).message().headers())
        .extracting(Header::name)
        .containsExactly("b", "a");
  }

  @Test
  void without_null_bodies_they_are_empty() {
    InMemoryTransport transport = builder().lacking(Capability.NULL_BODY, "why").build();
    send(transport, new Message("orders", null, List.of(), null));
    assertThat(transport.stored("orders").get(0).message().body()).isEmpty();
  }

  @Test
  void without_an_orderly_hand_over_nobody_waits() {
    InMemoryTransport transport = builder().lacking(Capability.ORDERLY_HAND_OVER, "why").build();
    Listening first = new Listening();
    Listening second = new Listening();
    first.quiet = new CompletableFuture<>();
    Reception reception = new Reception("billing", Set.of("orders"), Duration.ofSeconds(30));
    transport.receive(reception, first);
    transport.another().receive(reception, second);
    send(transport, message("orders", "a"));
    clock.run();
    transport.faults().rebalance("billing");
    clock.run();
    assertThat(second.texts()).containsExactly("a");
  }

  @Test
  void without_a_partial_pause_a_refusal_pauses_every_partition() {
    InMemoryTransport transport =
        builder().partitions(2).lacking(Capability.PARTIAL_PAUSE, "why").build();
    Listening intake = new Listening();
    intake.room = 0;
    Receiver receiver =
        transport.receive(new Reception("billing", Set.of("orders"), Duration.ZERO), intake);
    send(transport, message("orders", "a"));
    clock.run();
    intake.room = 5;
    send(transport, message("orders", "b"));
    clock.run();
    assertThat(intake.texts()).isEmpty();
    receiver.roomAvailable();
    clock.run();
    assertThat(intake.texts()).containsExactly("a", "b");
  }
}
