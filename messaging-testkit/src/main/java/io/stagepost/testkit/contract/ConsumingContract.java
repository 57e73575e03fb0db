package io.stagepost.testkit.contract;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Backlog;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Browser.Selection;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.testkit.contract.TransportHarness.Provisioning;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The way in, while nothing breaks: settling, order, dead letters, lag. */
abstract class ConsumingContract extends BytesContract {
  /** An event is settled when its handler has ended, and not before. */
  @Test
  @Exercises(needs = Capability.LAG)
  public void d03_an_event_is_settled_when_its_handler_has_ended_and_not_before() {
    String address = address("settling");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    Gate gate = gate();
    messaging.subscribe(group).on(step, event -> gate.await()).start();
    publish(messaging, step, 3, 0, 1);
    await().until(() -> gate.waiting() == 3);

    quietly("nothing is settled", () -> lag(group, address) == 3);
    gate.open();

    awaitSettled(group, address);
  }

  /** Every subscription gets every event of an address. */
  @Test
  public void d03_every_subscription_gets_every_event() {
    EventType<Step> step = Step.on(address("groups"));
    Messaging messaging = connect();
    Runs one = new Runs();
    Runs other = new Runs();
    messaging.subscribe(group()).on(step, one::note).start();
    messaging.subscribe(group()).on(step, other::note).start();
    publish(messaging, step, 10, 0, 5);

    await().until(() -> one.handled() == 50 && other.handled() == 50);
    checkOrder(one);
    checkOrder(other);
  }

  /** What a subscription has settled is not delivered to it again after it was closed. */
  @Test
  public void d03_what_was_settled_does_not_come_again() {
    String address = address("resuming");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging first = connect();
    Runs before = new Runs();
    first.subscribe(group).on(step, before::note).start();
    publish(first, step, 5, 0, 4);
    await().until(() -> before.handled() == 20);
    first.close();

    Messaging second = connect();
    Runs after = new Runs();
    second.subscribe(group).on(step, after::note).start();
    publish(second, step, 5, 4, 6);

    await().until(() -> after.handled() == 10);
    quietly("nothing comes again", () -> after.started() == 10);
    assertThat(IntStream.range(0, 4)).noneMatch(n -> after.handled("key-0", n));
  }

  /** Reading an address without consuming it takes nothing from any subscription. */
  @Test
  @Exercises(needs = Capability.BROWSING)
  public void d03_browsing_consumes_nothing() {
    String address = address("browsed");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    publish(messaging, step, 5, 0, 4);
    assertThat(messages(address)).hasSize(20);
    assertThat(messages(address)).hasSize(20);
    Runs runs = new Runs();
    messaging.subscribe(group).on(step, runs::note).start();
    messages(address);

    await().until(() -> runs.handled() == 20);
    checkOrder(runs);
  }

  /**
   * A visit begins where it is told to, ends when the visitor has enough, and finds one message.
   */
  @Test
  @Exercises(needs = Capability.BROWSING)
  public void d03_browsing_begins_anywhere_and_ends_early() {
    String address = address("browsed");
    publish(connect(), Step.on(address), 4, 0, 5);
    List<StoredMessage> all = stored(address);
    Browser browser = transport().browser();
    StoredMessage chosen = all.get(all.size() / 2);
    String partition = chosen.origin().partition();
    List<String> behind =
        all.stream()
            .map(StoredMessage::origin)
            .filter(origin -> origin.partition().equals(partition))
            .map(Origin::position)
            .toList();
    behind = behind.subList(behind.indexOf(chosen.origin().position()), behind.size());

    Selection from = Selection.of(address).from(partition, chosen.origin().position());
    assertThat(positions(browser, from, Integer.MAX_VALUE)).containsExactlyElementsOf(behind);
    assertThat(positions(browser, Selection.of(address).limit(3), Integer.MAX_VALUE)).hasSize(3);
    assertThat(positions(browser, Selection.of(address), 2)).hasSize(2);
    Instant last = requireNonNull(all.get(all.size() - 1).origin().time());
    assertThat(positions(browser, Selection.of(address).since(last), Integer.MAX_VALUE))
        .isNotEmpty()
        .hasSizeLessThanOrEqualTo(all.size());
    assertThat(positions(browser, Selection.of(address).since(last.plusSeconds(60)), 1)).isEmpty();
    assertThat(browser.find(address, partition, chosen.origin().position()))
        .hasValueSatisfying(
            found -> {
              assertThat(found.origin()).isEqualTo(chosen.origin());
              assertThat(found.message().body()).isEqualTo(chosen.message().body());
            });
  }

  /** What comes later lies behind the ends of before, and nothing else does. */
  @Test
  @Exercises(needs = Capability.BROWSING)
  public void d03_browsing_begins_at_the_end() {
    String address = address("ends");
    Messaging messaging = connect();
    publish(messaging, Step.on(address), 4, 0, 5);
    Browser browser = transport().browser();
    Map<String, String> ends = browser.ends(address);
    assertThat(behind(browser, address, ends)).isEmpty();
    publish(messaging, Step.on(address), 4, 5, 6);
    assertThat(behind(browser, address, ends)).hasSize(4);
  }

  private static List<String> behind(Browser browser, String address, Map<String, String> ends) {
    List<String> behind = new ArrayList<>();
    ends.forEach(
        (partition, end) ->
            behind.addAll(
                positions(browser, Selection.of(address).from(partition, end), Integer.MAX_VALUE)));
    return behind;
  }

  /** The positions that are visited, at most so many. */
  private static List<String> positions(Browser browser, Selection what, int enough) {
    List<String> positions = new ArrayList<>();
    browser.browse(
        what,
        stored -> {
          positions.add(stored.origin().position());
          return positions.size() < enough;
        });
    return positions;
  }

  /** Events of a key run one at a time and in the order of publication; keys run in parallel. */
  @Test
  @Exercises(Capability.ORDERED_KEYS)
  public void d04_a_key_runs_one_at_a_time_and_in_order_while_keys_run_in_parallel() {
    EventType<Step> step = Step.on(address("lanes"));
    Messaging messaging = connect();
    Runs runs = new Runs();
    messaging
        .subscribe(group())
        .limits(Limits.defaults().concurrency(8))
        .on(step, event -> runs.run(event, ConsumingContract::work))
        .start();
    publish(messaging, step, 20, 0, 40);

    await().until(() -> runs.handled() == 800);
    runs.checkOverlaps();
    checkOrder(runs);
    assertThat(runs.most()).isBetween(2, 8);
  }

  /** Long enough for a second worker to meet the first. */
  static void work() {
    long end = System.nanoTime() + 100_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  /** An event that failed is tried again before its key's successors, and without them. */
  @Test
  @Exercises(Capability.ORDERED_KEYS)
  public void d04_a_retry_keeps_the_order_of_its_key() {
    EventType<Step> step = Step.on(address("retried"));
    Messaging messaging = connect();
    Runs runs = new Runs();
    Set<Integer> failing = ConcurrentHashMap.newKeySet();
    failing.addAll(List.of(0, 3, 4, 17, 29));
    messaging
        .subscribe(group())
        .policy(PATIENT)
        .on(
            step,
            event -> {
              runs.note(event);
              if (failing.remove(event.data().number())) {
                throw new IllegalStateException("not now");
              }
            })
        .start();
    publish(messaging, step, "key", 0, 30);

    await().until(() -> runs.started() == 35);
    assertThat(runs.handled()).isEqualTo(30);
    checkOrder(runs);
    if (has(Capability.ORDERED_KEYS)) {
      assertThat(runs.starts("key")).isSorted();
    }
  }

  /**
   * While its dead letter cannot be written an event waits, unsettled, and its key with it; others
   * go on. Once it can be written, it is, and then the event is settled.
   */
  @Test
  @Exercises(needs = Capability.REFUSES_UNROUTABLE)
  public void d06_while_its_dead_letter_cannot_be_written_an_event_waits_and_is_not_settled() {
    String address = address("undead");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect(Provisioning.TRUST);
    Runs runs = new Runs();
    messaging
        .subscribe(group)
        .policy(PATIENT)
        .on(
            step,
            (event, context) -> {
              runs.note(event);
              return event.data().equals(new Step("bad", 0))
                  ? Outcome.deadLetter("no-good")
                  : Outcome.done();
            })
        .start();
    publish(messaging, step, "bad", 0, 2);
    publish(messaging, step, "good", 0, 2);
    await().until(() -> runs.handled("good", 1) && !runs.starts("bad").isEmpty());

    quietly(
        "the key waits, unsettled",
        () -> runs.starts("bad").equals(List.of(0)) && lag(group, address) != 0);
    String deadLetters = Policy.defaults().deadLetterAddress(address, group);
    given().create(deadLetters);

    assertThat(Taking.text(only(deadLetters).body())).isEqualTo("bad#0");
    await().until(() -> runs.handled("bad", 1));
    awaitSettled(group, address);
  }

  /** A parked event lies in the parking lot, with why, and nowhere else; then it is settled. */
  @Test
  public void d06_a_parked_event_lies_in_the_parking_lot_and_then_it_is_settled() {
    String address = address("parking");
    String group = group(address);
    Messaging messaging = connect();
    messaging
        .subscribe(group)
        .on(Step.on(address), (event, context) -> Outcome.park("ask-ada"))
        .start();
    publish(messaging, Step.on(address), "key", 0, 1);

    Message parked = only(Policy.defaults().parkingLotAddress(address, group));
    assertThat(Taking.text(parked.body())).isEqualTo("key#0");
    assertThat(Taking.text(parked.header(FailureHeaders.REASON))).isEqualTo("ask-ada");
    awaitSettled(group, address);
    assertThat(messages(Policy.defaults().deadLetterAddress(address, group))).isEmpty();
  }

  /** The broker knows how many messages a subscription has not settled. */
  @Test
  @Exercises(needs = Capability.LAG)
  public void d20_the_lag_is_what_is_not_settled() {
    String address = address("lagging");
    String group = group(address);
    publish(connect(), Step.on(address), "key", 0, 5);
    Taking intake = new Taking();
    receive(transport(), group, address, intake);
    await().until(() -> intake.taken().size() == 5);
    assertThat(lag(group, address)).isEqualTo(5);
    intake.taken().get(0).settle();
    intake.taken().get(1).settle();
    await().until(() -> lag(group, address) == 3);
    intake.taken().forEach(Delivery::settle);
    await().until(() -> lag(group, address) == 0);
  }

  /** How old a backlog is, is told by the first message that is not settled. */
  @Test
  @Exercises(needs = Capability.LAG)
  public void d20_the_backlog_tells_the_time_of_what_waits_longest() {
    String address = address("waiting");
    String group = group(address);
    Messaging messaging = connect();
    publish(messaging, Step.on(address), "key", 0, 2);
    long published = System.currentTimeMillis();
    await().until(() -> System.currentTimeMillis() > published);
    publish(messaging, Step.on(address), "key", 2, 5);
    Taking intake = new Taking();
    receive(transport(), group, address, intake);
    await().until(() -> intake.taken().size() == 5);
    List<Delivery> byAge =
        intake.taken().stream()
            .sorted(Comparator.comparing(each -> requireNonNull(each.origin().time())))
            .toList();
    byAge.get(0).settle();
    byAge.get(1).settle();
    await().until(() -> lag(group, address) == 3);

    TopologyAdmin topology = transport().topology();
    List<Backlog> backlog = topology.backlog(group, List.of(address));
    assertThat(backlog).allMatch(each -> each.address().equals(address));
    assertThat(backlog).extracting(Backlog::partition).doesNotHaveDuplicates();
    assertThat(backlog.stream().mapToLong(Backlog::messages).sum()).isEqualTo(3);
    assertThat(backlog.stream().map(Backlog::oldest).filter(Objects::nonNull))
        .contains(byAge.get(2).origin().time())
        .doesNotContain(byAge.get(0).origin().time(), byAge.get(1).origin().time());
    assertThat(topology.depth(List.of(address)).stream().mapToLong(Backlog::messages).sum())
        .isEqualTo(5);
    intake.taken().forEach(Delivery::settle);
    await().until(() -> lag(group, address) == 0);
    assertThat(topology.backlog(group, List.of(address)))
        .allMatch(each -> each.messages() == 0 && each.oldest() == null);
  }
}
