package io.stagepost.samples.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.Event;
import io.stagepost.Messaging;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.samples.shop.contract.OrderLine;
import io.stagepost.samples.shop.contract.OrdersContract;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Payment's contract with a few words changed, generated anew; the handler is the same. */
class ContractDecidesTest {
  private static final Path CONTRACTS = Path.of("src/main/contracts");

  @TempDir private Path folder;

  private final String channel = "lines-" + UUID.randomUUID().toString().substring(0, 8);

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void how_often_a_handler_is_tried_is_said_by_the_contract_alone(int attempts) throws Exception {
    change("common.yaml", "shop.orderlines", channel);
    change("payment.asyncapi.yaml", "effectively-once", "at-least-once");
    change("payment.asyncapi.yaml", "maxAttempts: 10", "maxAttempts: " + attempts);
    change("payment.asyncapi.yaml", "initialDelay: PT0.2S", "initialDelay: PT0.01S");
    AtomicInteger tries = new AtomicInteger();
    try (URLClassLoader generated = generated();
        Messaging messaging =
            Messaging.over(KafkaTransport.to(KafkaFixture.shared().bootstrapServers()))) {
      subscribe(generated, messaging, tries);
      messaging.publish(line("536365")).join();
      String deadLetters = channel + ".payment.dead-letter";
      List<String> dead = new ArrayList<>();
      await()
          .until(
              () -> {
                messaging
                    .transport()
                    .browser()
                    .browse(deadLetters, stored -> dead.add(stored.origin().position()));
                return !dead.isEmpty();
              });
      assertThat(tries).hasValue(attempts);
      assertThat(messaging.describe())
          .contains(attempts + " attempts")
          .contains("(contract payment.asyncapi.yaml#/operations/judge/x-retry)");
    }
  }

  @Test
  void a_promise_that_the_transport_cannot_keep_is_refused_at_start() throws Exception {
    change("common.yaml", "shop.orderlines", channel + "\n    x-retention: P7D");
    change("payment.asyncapi.yaml", "effectively-once", "at-least-once");
    try (URLClassLoader generated = generated();
        Messaging messaging =
            InMemoryTransport.builder()
                .lacking(Capability.KEEPS_EVENTS, "as on RabbitMQ")
                .build()
                .messaging()
                .build()) {
      assertThatThrownBy(() -> subscribe(generated, messaging, new AtomicInteger()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("common.yaml#/channels/orderLines/x-retention")
          .hasMessageContaining("which the transport memory lacks");
    }
  }

  @ParameterizedTest
  @CsvSource({"wait, 0, 0", "dead-letter, 20, 0", "park, 0, 20"})
  void what_becomes_of_lines_while_the_database_is_away_is_said_by_the_contract_alone(
      String mode, int deadLetters, int parked) throws Exception {
    change("common.yaml", "shop.orderlines", channel);
    change("payment.asyncapi.yaml", "effectively-once", "at-least-once");
    change("payment.asyncapi.yaml", "initialDelay: PT0.2S", "initialDelay: PT0.01S");
    change(
        "payment.asyncapi.yaml",
        "    x-timeout: PT30S",
        "    x-timeout: PT30S\n    x-degradation: {mode: " + mode + "}");
    AtomicInteger tries = new AtomicInteger();
    try (URLClassLoader generated = generated();
        InMemoryTransport transport = new InMemoryTransport();
        Messaging messaging = transport.messaging().build()) {
      subscribe(generated, messaging, tries);
      for (int i = 0; i < 20; i++) {
        messaging.publish(line("invoice-" + i)).join();
      }
      await()
          .untilAsserted(
              () -> {
                assertThat(tries).hasValueGreaterThan(11);
                assertThat(transport.stored(channel + ".payment.dead-letter")).hasSize(deadLetters);
                assertThat(transport.stored(channel + ".payment.parking-lot")).hasSize(parked);
                assertThat(transport.unsettled("payment")).isEqualTo(20 - deadLetters - parked);
              });
      assertThat(messaging.describe())
          .contains("(contract payment.asyncapi.yaml#/operations/judge/x-degradation)");
    }
  }

  private void change(String file, String from, String to) throws IOException {
    try (Stream<Path> all = Files.list(CONTRACTS)) {
      for (Path each : all.toList()) {
        Path copy = folder.resolve(each.getFileName());
        if (!Files.exists(copy)) {
          Files.copy(each, copy);
        }
      }
    }
    Path copy = folder.resolve(file);
    String text = Files.readString(copy);
    assertThat(text).contains(from);
    Files.writeString(copy, text.replace(from, to));
  }

  private URLClassLoader generated() throws IOException {
    return GeneratedCode.of(folder.resolve("payment.asyncapi.yaml"), folder);
  }

  /** Starts what the contract says, with handlers that only fail, and say nothing about it. */
  private static void subscribe(ClassLoader generated, Messaging messaging, AtomicInteger tries)
      throws Exception {
    Class<?> handlers = generated.loadClass(GeneratedCode.PACKAGE + ".PaymentHandlers");
    Object failing =
        Proxy.newProxyInstance(
            generated,
            new Class<?>[] {handlers},
            (proxy, method, arguments) -> {
              tries.incrementAndGet();
              throw new IllegalStateException("the database is away");
            });
    List<?> subscriptions;
    try {
      subscriptions =
          (List<?>)
              handlers
                  .getMethod("subscribe", Messaging.class, handlers)
                  .invoke(null, messaging, failing);
    } catch (InvocationTargetException failure) {
      throw (Exception) failure.getCause();
    }
    for (Object each : subscriptions) {
      var unused = ((SubscriptionBuilder<?>) each).start();
    }
  }

  private Event<?> line(String invoice) {
    return OrdersContract.LINE_PLACED
        .channel(channel)
        .event(
            new OrderLine(
                2,
                "f00",
                invoice,
                "85123A",
                "Tin",
                6,
                "2010-12-01T08:26",
                new BigDecimal("2.550"),
                "17850",
                "United Kingdom"));
  }
}
