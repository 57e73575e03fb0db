package io.stagepost.testkit.road;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.Health;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.Subscription.State;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What operators say while a service runs. */
@ResourceLock("logger io.stagepost")
class OverlayTest {
  @TempDir private Path folder;

  private final List<String> handled = new ArrayList<>();
  private Road road = new Road();

  @AfterEach
  void close() {
    road.close();
  }

  @Test
  void it_pauses_a_subscription_and_lets_it_go_on() throws IOException {
    Path file = overlay("");
    Subscription subscription = start(Policy.defaults());
    road.publish("a:1");

    say(file, "reader.pause = true");
    await().until(() -> subscription.state() == State.PAUSED);
    road.publish("a:2");
    subscription.resume(); // which is the program's word, and not the operator's
    road.clock.run();
    assertThat(handled).containsExactly("a:1");
    assertThat(subscription.state()).isEqualTo(State.PAUSED);

    Files.delete(file);
    await().until(() -> subscription.state() == State.RUNNING);
    road.clock.run();
    assertThat(handled).containsExactly("a:1", "a:2");
  }

  @Test
  void what_is_paused_at_start_handles_nothing() throws IOException {
    overlay("*.pause = true");
    Subscription subscription = start(Policy.defaults());
    road.publish("a:1");

    assertThat(handled).isEmpty();
    assertThat(road.messaging.health().subscriptions())
        .extracting(Health.Consuming::state)
        .containsExactly(State.PAUSED);
    subscription.close();
  }

  @Test
  void a_program_that_has_paused_stays_paused_when_the_overlay_goes() throws IOException {
    Path file = overlay("reader.pause = true");
    Subscription subscription = start(Policy.defaults());
    subscription.pause();

    say(file, "reader.rate = 20");
    await().until(() -> road.messaging.describe().contains("(overlay"));
    assertThat(subscription.state()).isEqualTo(State.PAUSED);
    subscription.resume();
    assertThat(subscription.state()).isEqualTo(State.RUNNING);
  }

  @Test
  void it_sends_a_type_to_the_parking_lot_in_order() throws IOException {
    overlay("reader.park = com.example.text.v1");
    start(Policy.defaults());
    road.publish("a:1", "a:2", "b:1");

    assertThat(handled).isEmpty();
    assertThat(road.at(Road.PARKING_LOT)).containsExactly("a:1", "a:2", "b:1");
    assertThat(road.reasons(Road.PARKING_LOT)).containsOnly("rerouted");
    assertThat(road.messaging.describe()).contains("overlay: parks com.example.text.v1");
  }

  @Test
  void it_changes_retry_and_timeout_while_events_are_retried() throws IOException {
    Path file = overlay("");
    Retry often = Retry.exponential(Duration.ofSeconds(1), Duration.ofSeconds(1)).attempts(1_000);
    start(Policy.defaults().retry(often.maxAge(Duration.ofDays(1))));
    road.publish("a:fail");
    // Delays are up to a second: at least one retry, and too few for the budget to stop them.
    road.clock.advance(Duration.ofSeconds(1));
    assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();

    say(file, "reader.retry.maxAttempts = 2\nreader.timeout = PT7S");
    await().until(() -> road.messaging.describe().contains("2 attempts"));
    road.clock.advance(Duration.ofSeconds(1));

    assertThat(road.at(Road.DEAD_LETTERS)).containsExactly("a:fail");
    assertThat(road.messaging.describe()).contains("PT7S").contains("(overlay " + file + ")");
  }

  @Test
  void it_lets_events_leave_that_wait_for_something_that_is_away() throws IOException {
    Path file = overlay("");
    Subscription subscription = start(Policy.defaults());
    for (int i = 0; i < 20; i++) {
      road.publish("key-" + i + ":fail");
    }
    road.clock.advance(Duration.ofHours(1));
    assertThat(subscription.inFlight()).isEqualTo(20);

    say(file, "reader.degradation = park");
    await().until(() -> road.messaging.describe().contains("PARK"));
    road.clock.advance(Duration.ofSeconds(31)); // until the next probe

    assertThat(road.at(Road.PARKING_LOT)).hasSize(20);
    assertThat(road.at(Road.DEAD_LETTERS)).isEmpty();
    assertThat(subscription.state()).isEqualTo(State.PROBING);
  }

  @Test
  void it_slows_a_subscription_down_and_gives_way_to_code_that_is_slower() throws IOException {
    Path file = overlay("reader.rate = 1000");
    start(Policy.defaults(), Limits.defaults().rate(10));
    assertThat(rate()).contains("10.0 ").contains("(code)");

    say(file, "reader.rate = 1");
    await().until(() -> rate().contains("(overlay"));
    road.publish("a:1", "b:1", "c:1");
    assertThat(handled).hasSize(1);
    road.clock.advance(Duration.ofSeconds(1));
    assertThat(handled).hasSize(2);
  }

  @Test
  void one_that_is_wrong_changes_nothing_and_says_so() throws IOException {
    Path file = overlay("reader.rate = 7");
    start(Policy.defaults());

    say(file, "reader.rate = 5\nreader.retry.maxDelay = PT0.001S"); // below the initial one
    await().until(() -> road.messaging.describe().contains("as it was before"));
    assertThat(road.messaging.describe()).contains("SP-API-046").contains("maxDelay");
    assertThat(rate()).contains("7.0 ");

    say(file, "reader.rate = 5");
    await().until(() -> rate().contains("5.0 "));
    assertThat(road.messaging.describe()).doesNotContain("as it was before");
  }

  @Test
  void one_that_is_wrong_at_start_refuses_to_start() throws IOException {
    assertThatThrownBy(() -> overlay("reader.speed = 7"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-046");

    overlay("reader.retry.maxDelay = PT0.001S");
    assertThatThrownBy(() -> start(Policy.defaults()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-API-046")
        .hasMessageContaining("reader");
  }

  @Test
  void it_is_told_at_start_whom_it_does_not_reach() throws IOException {
    try (Told told = new Told()) {
      overlay("reader.rate = 7\nreaders.pause = true");
      start(Policy.defaults());
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(told.messages)
                      .filteredOn(text -> text.contains("SP-API-047") && text.contains("[readers]"))
                      .hasSize(1));
    }
  }

  /** What is said between the checks at start and its end is found at the end. */
  @Test
  void one_that_turns_wrong_during_a_start_leaves_nothing_half_started() throws IOException {
    Path file = folder.resolve("overlay.properties");
    String mark = folder.toString();
    InMemoryTransport broker = new InMemoryTransport();
    AtomicInteger running = new AtomicInteger();
    try (Told told = new Told();
        Messaging messaging =
            Messaging.builder(
                    slow(
                        broker,
                        () -> {
                          running.incrementAndGet();
                          say(file, "# " + mark + "\nreader.retry.maxDelay = PT0.001S");
                          await()
                              .atMost(Duration.ofSeconds(20))
                              .until(
                                  () ->
                                      told.messages.stream()
                                          .anyMatch(text -> text.contains("# " + mark)));
                        },
                        running::decrementAndGet))
                .overlay(file)
                .build()) {
      assertThatThrownBy(
              () ->
                  messaging
                      .subscribe(Road.SUBSCRIPTION)
                      .on(Road.TEXTS, event -> handled.add(event.data()))
                      .start())
          .hasMessageContaining("SP-API-046");
      assertThat(messaging.health().subscriptions()).isEmpty();
      assertThat(running).hasValue(0);
    }
  }

  private interface Step {
    void take() throws IOException;
  }

  /**
   * The same transport, which takes a step before it begins to receive, and when that is closed.
   */
  private static Transport slow(Transport broker, Step begins, Runnable ends) {
    return (Transport)
        Proxy.newProxyInstance(
            Transport.class.getClassLoader(),
            new Class<?>[] {Transport.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("receive")) {
                return method.invoke(broker, arguments);
              }
              begins.take();
              Receiver receiver = (Receiver) method.invoke(broker, arguments);
              return Proxy.newProxyInstance(
                  Receiver.class.getClassLoader(),
                  new Class<?>[] {Receiver.class},
                  (itself, call, given) -> {
                    if (call.getName().equals("close")) {
                      ends.run();
                    }
                    return call.invoke(receiver, given);
                  });
            });
  }

  /** What is logged meanwhile. */
  private static final class Told extends Handler implements AutoCloseable {
    private static final Logger STAGEPOST = Logger.getLogger("io.stagepost");

    final List<String> messages = new CopyOnWriteArrayList<>();

    Told() {
      STAGEPOST.addHandler(this);
    }

    @Override
    public void publish(LogRecord told) {
      messages.add(new SimpleFormatter().formatMessage(told));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      STAGEPOST.removeHandler(this);
    }
  }

  private String rate() {
    return road.messaging
        .describe()
        .lines()
        .filter(line -> line.contains("rate (tries a second)"))
        .findFirst()
        .orElseThrow();
  }

  private Path overlay(String text) throws IOException {
    Path file = folder.resolve("overlay.properties");
    say(file, text);
    road.close();
    road = new Road(messaging -> messaging.overlay(file));
    return file;
  }

  private static void say(Path file, String text) throws IOException {
    Files.writeString(file, text);
  }

  private Subscription start(Policy policy) {
    return start(policy, Limits.defaults());
  }

  private Subscription start(Policy policy, Limits limits) {
    return road.messaging
        .subscribe(Road.SUBSCRIPTION)
        .policy(policy)
        .limits(limits)
        .on(
            Road.TEXTS,
            event -> {
              if (event.data().endsWith("fail")) {
                throw new IllegalStateException("again");
              }
              handled.add(event.data());
            })
        .start();
  }
}
