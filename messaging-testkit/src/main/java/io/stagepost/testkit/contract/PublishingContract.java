package io.stagepost.testkit.contract;

import static io.stagepost.testkit.contract.TransportHarness.Fault.OUTAGE;
import static io.stagepost.testkit.contract.TransportHarness.Fault.TOO_LARGE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Policy;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.testkit.contract.TransportHarness.Provisioning;
import io.stagepost.testkit.contract.TransportHarness.StoppableBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The way out: confirmed, refused or unknown; and what is found at start. */
abstract class PublishingContract extends Contract {
  private static Message message(String address, String key, int number) {
    return new Message(
        address, key.getBytes(UTF_8), List.of(), new Step(key, number).toString().getBytes(UTF_8));
  }

  /** Every event whose publish completed is stored, once, and its receipt names its address. */
  @Test
  public void d01_a_confirmed_event_is_stored() {
    String address = address("confirmed");
    Messaging messaging = connect();
    EventType<Step> step = Step.on(address);
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    List<String> published = new ArrayList<>();
    for (int n = 0; n < 100; n++) {
      receipts.add(messaging.publish(step.event(new Step("key-" + n % 7, n))));
      published.add("key-" + n % 7 + "#" + n);
    }

    assertThat(receipts.stream().map(this::get))
        .extracting(Receipt::address)
        .containsOnly(address)
        .hasSize(100);
    assertThat(messages(address))
        .extracting(stored -> Taking.text(stored.body()))
        .containsExactlyInAnyOrderElementsOf(published);
  }

  /**
   * A message that the broker refuses for its size fails as <i>rejected</i>, by the message's own
   * fault; it is not stored, and those around it are.
   */
  @Test
  @Exercises(faults = TOO_LARGE)
  public void d01_what_the_broker_refuses_is_rejected_and_not_stored() {
    String address = address("refused");
    Sender sender = sender();
    CompletableFuture<Receipt> before = sender.send(message(address, "key", 1));
    CompletableFuture<Receipt> large = sender.send(given().tooLarge(address));
    CompletableFuture<Receipt> after = sender.send(message(address, "key", 2));

    assertThat(failure(large))
        .isInstanceOfSatisfying(
            PublishRejectedException.class,
            rejected -> assertThat(rejected.fault()).isEqualTo(Fault.MESSAGE));
    get(before);
    get(after);
    assertThat(messages(address))
        .extracting(stored -> Taking.text(stored.body()))
        .containsExactly("key#1", "key#2");
  }

  /**
   * While the broker is away a publish fails as <i>unknown</i>, within its timeout: it may be
   * stored. When the broker is back, everything goes on by itself, and what was confirmed before is
   * still there.
   */
  @Test
  @Exercises(faults = OUTAGE)
  public void d01_while_the_broker_is_away_a_publish_is_unknown_and_then_everything_goes_on() {
    StoppableBroker broker = opened(given().stoppable());
    Duration timeout = given().patience().dividedBy(10);
    Messaging messaging =
        opened(Messaging.builder(broker.connect()).publishTimeout(timeout).build());
    EventType<Step> step = Step.on("outage");
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    messaging.subscribe("reader").on(step, event -> handled.add(event.data().number())).start();
    get(messaging.publish(step.event(new Step("key", 1))));
    await().until(() -> handled.contains(1));

    broker.stop();
    long began = System.nanoTime();
    assertThat(failure(messaging.publish(step.event(new Step("key", 2)))))
        .isInstanceOf(PublishUnknownException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isLessThan(timeout.plus(given().quiet()));

    broker.start();
    await()
        .until(
            () ->
                get(
                    messaging
                        .publish(step.event(new Step("key", 3)))
                        .handle((receipt, notYet) -> notYet == null)));
    await().until(() -> handled.contains(3));
    Set<Integer> anew = ConcurrentHashMap.newKeySet();
    Messaging later = opened(Messaging.over(broker.connect()));
    later.subscribe("reader").on(step, event -> anew.add(event.data().number())).start();
    get(later.publish(step.event(new Step("key", 4))));
    await().until(() -> handled.contains(4) || anew.contains(4));
  }

  /** What was confirmed is delivered although the broker has stopped and started in between. */
  @Test
  @Exercises(faults = OUTAGE)
  public void d01_a_confirmed_event_outlives_a_restart_of_the_broker() {
    StoppableBroker broker = opened(given().stoppable());
    Messaging messaging = over(broker.connect());
    EventType<Step> step = Step.on("restart");
    Gate gate = gate();
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    messaging
        .subscribe("reader")
        .on(
            step,
            event -> {
              gate.await();
              handled.add(event.data().number());
            })
        .start();
    publish(messaging, step, "key", 0, 20);
    broker.stop();
    broker.start();
    gate.open();

    await().until(() -> handled.size() == 20);
  }

  /**
   * Publishing to an address that does not exist fails as <i>rejected</i>, by the surroundings'
   * fault; once it exists, the same sender delivers there.
   */
  @Test
  @Exercises(Capability.REFUSES_UNROUTABLE)
  public void d02_an_address_that_routes_nowhere_fails_the_publish() {
    String address = given().missing("nowhere");
    Sender sender = opened(transport(Provisioning.VERIFY).sender(given().patience()));
    CompletableFuture<Receipt> sent = sender.send(message(address, "key", 1));
    if (!has(Capability.REFUSES_UNROUTABLE)) {
      String unused = get(sent.handle((receipt, failure) -> "it completes"));
      return;
    }
    assertThat(failure(sent))
        .isInstanceOfSatisfying(
            PublishRejectedException.class,
            rejected -> assertThat(rejected.fault()).isEqualTo(Fault.SURROUNDINGS));

    given().create(address);

    get(sender.send(message(address, "key", 2)));
    assertThat(messages(address))
        .extracting(stored -> Taking.text(stored.body()))
        .containsExactly("key#2");
  }

  /** Messages of equal key are stored in the order of the calls, whatever their confirmations. */
  @Test
  @Exercises(Capability.ORDERED_KEYS)
  public void d04_messages_of_a_key_are_stored_in_the_order_of_the_calls() {
    String address = address("order");
    Sender sender = sender();
    List<CompletableFuture<Receipt>> sent = new ArrayList<>();
    for (int n = 0; n < 300; n++) {
      sent.add(sender.send(message(address, n % 3 == 0 ? "often" : "key-" + n % 5, n)));
    }
    sent.forEach(this::get);
    List<String> often =
        messages(address).stream()
            .filter(stored -> Taking.text(stored.key()).equals("often"))
            .map(stored -> Taking.text(stored.body()))
            .toList();
    List<String> expected =
        IntStream.range(0, 300).filter(n -> n % 3 == 0).mapToObj(n -> "often#" + n).toList();
    if (has(Capability.ORDERED_KEYS)) {
      assertThat(often).containsExactlyElementsOf(expected);
    } else {
      assertThat(often).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  /** Closing a sender waits for what is under way; what is sent later fails. */
  @Test
  public void d10_closing_a_sender_waits_for_what_is_under_way_and_refuses_what_comes_later() {
    String address = address("closing");
    Sender sender = transport().sender(given().patience());
    List<CompletableFuture<Receipt>> sent =
        IntStream.range(0, 50).mapToObj(n -> sender.send(message(address, "key", n))).toList();
    sender.close();
    sender.close();
    assertThat(sent).allMatch(each -> each.isDone() && !each.isCompletedExceptionally());
    assertThat(failure(sender.send(message(address, "key", 50))))
        .isInstanceOf(PublishRejectedException.class);
    assertThat(messages(address)).hasSize(50);
  }

  /**
   * A subscription on addresses that are missing does not start where addresses are verified: one
   * error names the channel, its dead-letter channel and its parking lot. Once they exist it does.
   */
  @Test
  public void d19_every_address_that_is_missing_is_told_at_once_and_a_later_start_succeeds() {
    String address = given().missing("verified");
    String group = group();
    Messaging messaging = connect(Provisioning.VERIFY);
    SubscriptionBuilder<Void> builder =
        messaging.subscribe(group).on(Step.on(address), event -> {});
    List<String> needed =
        List.of(
            address,
            Policy.defaults().deadLetterAddress(address, group),
            Policy.defaults().parkingLotAddress(address, group));
    assertThatThrownBy(builder::start)
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            wrong -> {
              assertThat(wrong.problems()).hasSize(3).allMatch(text -> text.startsWith("SP-"));
              assertThat(wrong).hasMessageContainingAll(needed.toArray(CharSequence[]::new));
            });

    needed.forEach(given()::create);
    given().declare(address, group);

    assertThat(builder.start().state()).isEqualTo(Subscription.State.RUNNING);
  }

  /** Where addresses are created, a start creates all that the subscription needs. */
  @Test
  public void d19_a_start_creates_what_is_missing_where_that_is_wanted() {
    String address = given().missing("created");
    Messaging messaging = connect();
    Runs runs = new Runs();
    messaging.subscribe(group()).on(Step.on(address), runs::note).start();

    publish(connect(Provisioning.VERIFY), Step.on(address), "key", 0, 1);
    await().until(() -> runs.handled("key", 0));
  }

  /** A failed publish carries a stable code, so that people can look it up. */
  @Test
  @Exercises(needs = Capability.REFUSES_UNROUTABLE)
  public void d02_the_failure_tells_its_code_and_the_address() {
    String address = given().missing("nowhere");
    Messaging messaging = connect(Provisioning.VERIFY);
    MessagingException failure =
        failure(messaging.publish(Step.on(address).event(new Step("key", 1))));
    assertThat(failure.code()).matches("[A-Z]+-[A-Z]+-\\d{3}");
    assertThat(failure).hasMessageContaining(address);
  }
}
