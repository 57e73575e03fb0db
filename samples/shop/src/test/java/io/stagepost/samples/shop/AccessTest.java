package io.stagepost.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.Topology;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.operations.AccessList;
import io.stagepost.asyncapi.operations.AccessList.Declares;
import io.stagepost.schema.Json;
import io.stagepost.spi.Need;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code bin/contract acl} writes is what a service needs, at brokers that hold it to that: it
 * does all that its contract says, and nothing else.
 */
@Timeout(180)
class AccessTest {
  record Note(String text) {}

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final List<Guarded> BROKERS = new ArrayList<>();

  @TempDir private Path folder;

  private final String own = "no" + NUMBER.incrementAndGet();
  private final String user = "service-" + own;
  private final EventType<Note> order = type("orders");
  private final EventType<Note> payment = type("payments");
  private final EventType<Note> entry = type("history");
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();

  private EventType<Note> type(String channel) {
    return EventType.of("test." + channel + ".v1", Note.class)
        .source("urn:test:access")
        .channel(channel + "." + own)
        .key(Note::text)
        .codec(Json.codec());
  }

  private static Stream<Arguments> brokersAndTopologies() throws IOException {
    BROKERS.add(new GuardedKafka());
    BROKERS.add(new GuardedRabbit(RabbitFixture.Version.V4_0));
    BROKERS.add(new GuardedRabbit(RabbitFixture.Version.V4_3));
    return BROKERS.stream()
        .flatMap(broker -> Stream.of(Topology.values()).map(mode -> Arguments.of(broker, mode)));
  }

  @AfterAll
  static void stop() throws IOException {
    for (Guarded broker : BROKERS) {
      broker.close();
    }
  }

  private String contract() {
    return """
        asyncapi: 3.1.0
        info: {title: Notes, version: 1.0.0}
        channels:
          orders: {address: orders.%1$s, messages: {order: {}}}
          payments: {address: payments.%1$s, messages: {payment: {}}}
          history:
            address: history.%1$s
            messages: {entry: {}}
            bindings: {amqp1: {queue: {type: stream}}}
        operations:
          onOrder:
            action: receive
            channel: {$ref: '#/channels/orders'}
            x-subscription: billing.%1$s
            x-parking: '{channel}.{subscription}.set-aside'
          onEntry:
            action: receive
            channel: {$ref: '#/channels/history'}
            x-subscription: onlooker.%1$s
          tellPayment: {action: send, channel: {$ref: '#/channels/payments'}}
        """
        .formatted(own);
  }

  /** The arguments of the commands, as a shell reads them. */
  private List<List<String>> commands(Guarded broker, Topology topology) throws Exception {
    Path file = Files.writeString(folder.resolve("notes.asyncapi.yaml"), contract());
    AccessList list =
        AccessList.of(
            Contracts.offline().read(file),
            broker.kind(),
            new AccessList.Who(
                user, null, broker.virtualHost(), Declares.valueOf(topology.name()), true));
    assertThat(list.notes()).isEmpty();
    String printing = "() { for word; do printf '%s\\t' \"$word\"; done; echo; }\n";
    Process shell =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "BOOTSTRAP=any; kafka_acls"
                    + printing
                    + "rabbitmqctl"
                    + printing
                    + list.text().replace("kafka-acls", "kafka_acls"))
            .redirectErrorStream(true)
            .start();
    return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .map(line -> List.of(line.split("\t")))
        .toList();
  }

  private Subscription receive(Messaging messaging, String subscription, EventType<Note> type) {
    return messaging
        .subscribe(subscription)
        .policy(
            Policy.defaults()
                .retry(Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(20)))
                .defer(Duration.ofSeconds(1))
                .successors(Policy.Successors.DIVERT)
                .parkingLotAddress("{channel}.{subscription}.set-aside"))
        .on(
            type,
            (event, context) -> {
              String text = event.data().text();
              handled.add(text + " " + context.attempt());
              return switch (text) {
                case "broken" -> Outcome.deadLetter("it is broken");
                case "doubtful" -> Outcome.park("who knows");
                case "later" ->
                    context.attempt() == 1
                        ? Outcome.retryAfter(Duration.ofSeconds(3))
                        : Outcome.done();
                default -> Outcome.done();
              };
            })
        .start();
  }

  private Subscription onlook(Messaging messaging) {
    return messaging
        .subscribe("onlooker." + own)
        .on(entry, event -> handled.add(event.data().text()))
        .start();
  }

  private static void publish(Messaging messaging, EventType<Note> type, String text)
      throws Exception {
    messaging.publish(type.event(new Note(text))).get(30, TimeUnit.SECONDS);
  }

  /** An administrator sees to it that all is there, and reads what the service tells. */
  private Messaging administrator(Guarded broker, Topology topology) throws Exception {
    Messaging messaging =
        Messaging.over(broker.transport(null, Topology.AUTO_CREATE, entry.channel()));
    if (topology != Topology.AUTO_CREATE) {
      receive(messaging, "billing." + own, order).close();
      onlook(messaging).close();
    }
    publish(messaging, entry, "logged");
    return messaging;
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("brokersAndTopologies")
  void is_enough_for_what_the_contract_says_and_for_nothing_else(Guarded broker, Topology topology)
      throws Exception {
    broker.user(user);
    try (Messaging administrator = administrator(broker, topology)) {
      var reader =
          administrator.subscribe("reader." + own).on(payment, e -> handled.add("told")).start();
      try (Transport transport = broker.transport(user, topology, entry.channel());
          Messaging messaging = Messaging.over(transport)) {
        assertThatThrownBy(() -> publish(messaging, payment, "too early"))
            .hasStackTraceContaining(broker.denied());

        broker.grant(user, commands(broker, topology));
        does(broker, messaging, transport, administrator);
        doesNot(broker, messaging, topology);
      }
      reader.close();
    }
  }

  private void does(
      Guarded broker, Messaging messaging, Transport transport, Messaging administrator)
      throws Exception {
    var report = transport.topology().provision(List.of(Need.channel(payment.channel())));
    assertThat(report.problems()).isEmpty();
    assertThat(report.warnings()).isEmpty();
    await()
        .atMost(PATIENCE)
        .ignoreExceptions() // A broker takes a moment until it knows what it was told.
        .until(
            () -> {
              publish(messaging, payment, "paid");
              return true;
            });
    await().atMost(PATIENCE).until(() -> handled.contains("told"));

    try (Subscription subscription = receive(messaging, "billing." + own, order)) {
      for (String text : List.of("fine", "broken", "doubtful", "later")) {
        publish(administrator, order, text);
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(handled)
                      .contains("fine 1", "broken 1", "doubtful 1", "later 1", "later 2"));
      assertThat(subscription.state()).isEqualTo(Subscription.State.RUNNING);
      assertThat(subscription.health().obstacle()).isNull();
    }
    try (Subscription onlooker = onlook(messaging)) {
      await().atMost(PATIENCE).until(() -> handled.contains("logged"));
      assertThat(onlooker.health().obstacle()).isNull();
    }
    try (Transport all = broker.transport(null, Topology.NONE, entry.channel())) {
      for (String address : List.of("dead-letter", "set-aside")) {
        List<String> stored = new ArrayList<>();
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  all.browser()
                      .browse(
                          order.channel() + ".billing." + own + "." + address,
                          each ->
                              stored.add(
                                  new String(each.message().body(), StandardCharsets.UTF_8)));
                  return !stored.isEmpty();
                });
        assertThat(stored).first().asString().containsPattern("broken|doubtful");
      }
    }
  }

  private void doesNot(Guarded broker, Messaging messaging, Topology topology) {
    assertThatThrownBy(() -> publish(messaging, type("others"), "x"))
        .hasStackTraceContaining(broker.denied());
    if (broker.kind() == AccessList.Broker.KAFKA || topology == Topology.NONE) {
      // RabbitMQ lets nobody look at an exchange who may not write to it.
      assertThatThrownBy(() -> publish(messaging, order, "x"))
          .hasStackTraceContaining(broker.denied());
    }
    assertRefused(messaging, "billing." + own, payment);
    assertRefused(messaging, "shipping." + own, order);
  }

  private void assertRefused(Messaging messaging, String subscription, EventType<Note> type) {
    Subscription started;
    try {
      started = receive(messaging, subscription, type);
    } catch (MessagingException refused) {
      assertThat(refused).hasStackTraceContaining("SP-");
      return;
    }
    await().atMost(PATIENCE).until(() -> started.state() == Subscription.State.BLOCKED);
    started.close();
  }
}
