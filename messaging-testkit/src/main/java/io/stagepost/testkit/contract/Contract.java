package io.stagepost.testkit.contract;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Policy;
import io.stagepost.Receipt;
import io.stagepost.Retry;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.TransportHarness.Fault;
import io.stagepost.testkit.contract.TransportHarness.Provisioning;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** What every part of the suite stands on: the harness, what was opened, and how to wait. */
@Timeout(180)
abstract class Contract {
  /** Tries again at once, and seldom gives up. */
  static final Policy PATIENT =
      Policy.defaults()
          .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(20)).attempts(1_000));

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<Gate> gates = new ArrayList<>();
  private @Nullable TransportHarness harness;

  /**
   * The harness of the transport under test. Called once for each test, which closes it.
   *
   * @return a new one, or one that tolerates being closed
   */
  protected abstract TransportHarness harness();

  @BeforeEach
  final void begin(TestInfo test) {
    TransportHarness fresh = harness();
    harness = fresh;
    Exercises exercises = test.getTestMethod().map(Contract::exercises).orElse(null);
    if (exercises == null) {
      return;
    }
    for (Fault fault : exercises.faults()) {
      String reason = fresh.cannot().get(fault);
      Assumptions.assumeTrue(reason == null, () -> "not exercised: " + fault + ": " + reason);
    }
    for (Capability needed : exercises.needs()) {
      String reason = capabilities().whyLacking(needed);
      Assumptions.assumeTrue(reason == null, () -> "weaker: " + needed + ": " + reason);
    }
  }

  private static @Nullable Exercises exercises(Method method) {
    return method.getAnnotation(Exercises.class);
  }

  /** Whatever waits goes on, and everything is closed: what was opened last comes first. */
  @AfterEach
  final void end() throws Exception {
    gates.forEach(Gate::open);
    try {
      while (!open.isEmpty()) {
        open.pop().close();
      }
    } finally {
      if (harness != null) {
        harness.close();
      }
    }
  }

  // ---- the transport under test

  final TransportHarness given() {
    return requireNonNull(harness, "harness");
  }

  final Capabilities capabilities() {
    try (Transport transport = given().connect(Provisioning.TRUST)) {
      return transport.capabilities();
    }
  }

  final boolean has(Capability capability) {
    return capabilities().has(capability);
  }

  final <T extends AutoCloseable> T opened(T what) {
    open.push(what);
    return what;
  }

  final Gate gate() {
    Gate gate = new Gate();
    gates.add(gate);
    return gate;
  }

  final Transport transport(Provisioning provisioning) {
    return opened(given().connect(provisioning));
  }

  final Transport transport() {
    return transport(Provisioning.CREATE);
  }

  final Messaging connect(Provisioning provisioning) {
    return over(given().connect(provisioning));
  }

  final Messaging connect() {
    return connect(Provisioning.CREATE);
  }

  final Messaging over(Transport transport) {
    return opened(Messaging.builder(transport).publishTimeout(given().patience()).build());
  }

  final Sender sender() {
    return opened(transport().sender(given().patience()));
  }

  /** A receiver without an engine: the test itself takes, refuses and settles. */
  final Receiver receive(Transport transport, String subscription, String address, Taking intake) {
    Receiver receiver =
        opened(
            transport.receive(
                new Reception(subscription, Set.of(address), given().patience()), intake));
    intake.from(receiver);
    return receiver;
  }

  /** An address that exists. */
  final String address(String hint) {
    String address = given().missing(hint);
    given().create(address);
    return address;
  }

  final String group() {
    return given().missing("group");
  }

  /** A group that gets what is published at an address from now on. */
  final String group(String address) {
    String group = group();
    given().declare(address, group);
    return group;
  }

  // ---- publishing and looking

  final void publish(Messaging messaging, EventType<Step> type, String key, int from, int to) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = from; n < to; n++) {
      receipts.add(messaging.publish(type.event(new Step(key, n))));
    }
    receipts.forEach(this::get);
  }

  final void publish(Messaging messaging, EventType<Step> type, int keys, int from, int to) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = from; n < to; n++) {
      for (int k = 0; k < keys; k++) {
        receipts.add(messaging.publish(type.event(new Step("key-" + k, n))));
      }
    }
    receipts.forEach(this::get);
  }

  final <T> T get(CompletableFuture<T> future) {
    try {
      return future.get(given().patience().toNanos() * 2, TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException failure) {
      throw new AssertionError("It should complete: " + failure, failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted", interrupted);
    }
  }

  /** What a publish failed with. */
  final MessagingException failure(CompletableFuture<Receipt> publish) {
    Throwable failure =
        get(
            publish.handle(
                (receipt, thrown) -> thrown == null ? new AssertionError(receipt) : thrown));
    assertThat(failure).isInstanceOf(MessagingException.class);
    return (MessagingException) failure;
  }

  /** What an address holds: by its browser, or where there is none by receiving it all. */
  final List<StoredMessage> stored(String address) {
    List<StoredMessage> stored = new ArrayList<>();
    try (Transport transport = given().connect(Provisioning.TRUST)) {
      if (transport.capabilities().has(Capability.BROWSING)) {
        transport.browser().browse(address, stored::add);
        return stored;
      }
    }
    Taking all = new Taking();
    try (Transport transport = given().connect(Provisioning.CREATE);
        Receiver receiver =
            transport.receive(new Reception(group(), Set.of(address), given().patience()), all)) {
      all.from(receiver);
      Awaitility.await().pollDelay(given().quiet()).until(() -> true);
      all.taken().forEach(each -> stored.add(new StoredMessage(each.message(), each.origin())));
    }
    return stored;
  }

  final List<Message> messages(String address) {
    return stored(address).stream().map(StoredMessage::message).toList();
  }

  /** The only message that an address holds, as soon as it holds one. */
  final Message only(String address) {
    await().until(() -> !stored(address).isEmpty());
    List<Message> all = messages(address);
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  /** How many messages a subscription has not settled, as the broker knows; -1 if it does not. */
  final long lag(String subscription, String address) {
    try (Transport transport = given().connect(Provisioning.TRUST)) {
      return transport.capabilities().has(Capability.LAG)
          ? requireNonNull(
              transport.topology().lag(subscription, List.of(address)).get(address), address)
          : -1;
    }
  }

  /** Waits until the broker knows that everything is settled, where it can know. */
  final void awaitSettled(String subscription, String address) {
    await().until(() -> lag(subscription, address) <= 0);
  }

  /** First starts follow the order of publication, where the transport keeps it. */
  final void checkOrder(Runs runs) {
    if (has(Capability.ORDERED_KEYS)) {
      runs.checkOrder();
    }
  }

  /** The bodies of one key, in order where the transport keeps it. */
  final void checkBodies(List<String> bodies, List<String> expected) {
    if (has(Capability.ORDERED_KEYS)) {
      assertThat(bodies).containsExactlyElementsOf(expected);
    } else {
      assertThat(bodies).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  // ---- waiting

  final ConditionFactory await() {
    return Awaitility.await()
        .atMost(given().patience())
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10));
  }

  /** Watches that a condition holds for as long as the harness says. */
  final void quietly(String what, Callable<Boolean> holds) {
    Duration quiet = given().quiet();
    Awaitility.await(what)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .during(quiet)
        .atMost(quiet.multipliedBy(2).plus(given().patience()))
        .until(
            () -> {
              if (!holds.call()) {
                throw new AssertionError("Not so: " + what);
              }
              return true;
            });
  }

  static String text(Event<Step> event, String extension) {
    return String.valueOf(event.extension(extension));
  }
}
