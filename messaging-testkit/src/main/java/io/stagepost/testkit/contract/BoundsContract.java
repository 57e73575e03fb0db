package io.stagepost.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.EventType.Priority;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Subscription;
import io.stagepost.SubscriptionBuilder;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Receiver;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Bounds, pausing and closing. */
abstract class BoundsContract extends ConsumingContract {
  /** What a receiver's intake refuses is offered again, in order and before all later ones. */
  @Test
  @Exercises(Capability.ORDERED_KEYS)
  public void d09_what_the_intake_refuses_is_offered_again_in_order() {
    String address = address("refused");
    String group = group(address);
    publish(connect(), Step.on(address), "key", 0, 60);
    Taking intake = new Taking();
    intake.allow(7);
    receive(transport(), group, address, intake);
    for (int taken = 7; taken < 60; taken += 7) {
      int count = taken;
      await().until(() -> intake.taken().size() == count && intake.refusals() > 0);
      intake.allow(7);
    }

    await().until(() -> intake.taken().size() == 60);
    List<String> all = IntStream.range(0, 60).mapToObj(n -> "key#" + n).toList();
    checkBodies(intake.bodies(), all);
  }

  /** Events in flight never exceed their bound, and everything is handled in the end. */
  @Test
  public void d09_events_in_flight_are_bounded_by_count() {
    String address = address("bounded");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    publish(messaging, step, 20, 0, 20);
    Limits limits = Limits.defaults().inFlight(30).laneShare(1).concurrency(4);
    bounded(messaging.subscribe(group).limits(limits), step, 30, 400);
  }

  /** Bytes in flight never exceed their bound, and everything is handled in the end. */
  @Test
  public void d09_events_in_flight_are_bounded_by_bytes() {
    String address = address("bounded");
    String group = group(address);
    String probed = group(address);
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    publish(messaging, step, 20, 0, 10);
    Taking probe = new Taking();
    probe.allow(1);
    Receiver probing = receive(transport(), probed, address, probe);
    await().until(() -> probe.taken().size() == 1);
    int size = probe.taken().get(0).size();
    assertThat(size).isPositive();
    probing.close();

    // keys differ in length by a byte, and so may sizes
    Limits limits = Limits.defaults().inFlightBytes(size * 10L).concurrency(4);
    bounded(messaging.subscribe(group).limits(limits), step, 11, 200);
  }

  private void bounded(
      SubscriptionBuilder<Void> builder, EventType<Step> step, int bound, int total) {
    Gate gate = gate();
    Runs runs = new Runs();
    AtomicInteger most = new AtomicInteger();
    Subscription[] started = new Subscription[1];
    Subscription subscription =
        builder
            .on(
                step,
                event -> {
                  gate.await();
                  Subscription me = started[0];
                  most.accumulateAndGet(me == null ? 0 : me.inFlight(), Math::max);
                  runs.note(event);
                })
            .start();
    started[0] = subscription;
    await().until(() -> subscription.inFlight() >= bound - 2);
    quietly("it is full, and no fuller", () -> subscription.inFlight() <= bound);
    assertThat(runs.started()).isZero();
    gate.open();

    await().until(() -> runs.handled() == total);
    assertThat(most.get()).isLessThanOrEqualTo(bound);
    checkOrder(runs);
  }

  /**
   * A backlog of bulk, with handlers that hang, leaves room and handlers to what is urgent. Where a
   * transport cannot pause a part, that comes once bulk goes on.
   */
  @Test
  @Exercises(Capability.PARTIAL_PAUSE)
  public void d09_a_backlog_of_bulk_does_not_keep_out_what_is_urgent() {
    EventType<Step> bulk = Step.on(address("bulk")).priority(Priority.BULK);
    EventType<Step> urgent = Step.as("test.urgent.v1", address("urgent")).priority(Priority.URGENT);
    String group = group(bulk.channel());
    given().declare(urgent.channel(), group);
    Gate gate = gate();
    Runs slow = new Runs();
    Runs quick = new Runs();
    Messaging messaging = connect();
    messaging
        .subscribe(group)
        .limits(Limits.defaults().concurrency(4).inFlight(40).laneShare(1))
        .on(bulk, event -> slow.run(event, gate::await))
        .on(urgent, quick::note)
        .start();
    publish(messaging, bulk, 20, 0, 10);
    await().until(() -> gate.waiting() == 3);
    publish(messaging, urgent, 10, 0, 5);

    if (has(Capability.PARTIAL_PAUSE)) {
      await().until(() -> quick.handled() == 50);
      assertThat(slow.handled()).isZero();
    }
    gate.open();

    await().until(() -> quick.handled() == 50 && slow.handled() == 200);
    checkOrder(slow);
    checkOrder(quick);
  }

  /**
   * A lane at its share stops its own partition or queue only: keys elsewhere flow. Where a
   * transport cannot pause a part, they flow once the lane does.
   */
  @Test
  @Exercises({Capability.PARTIAL_PAUSE, Capability.ORDERED_KEYS})
  public void d09_a_lane_at_its_share_stops_its_own_partition_and_the_others_flow() {
    String address = address("hot");
    EventType<Step> step = Step.on(address);
    Messaging messaging = connect();
    Taking watcher = new Taking();
    receive(transport(), group(address), address, watcher);
    Gate gate = gate();
    Runs runs = new Runs();
    Subscription subscription =
        messaging
            .subscribe(group())
            .limits(Limits.defaults().inFlight(40).laneShare(0.25).concurrency(4))
            .on(
                step,
                event -> {
                  if (event.data().key().equals("hot")) {
                    gate.await();
                  }
                  runs.note(event);
                })
            .start();
    publish(messaging, step, "hot", 0, 50);
    await().until(() -> subscription.inFlight() == 10);
    publish(messaging, step, 40, 0, 10);
    if (has(Capability.PARTIAL_PAUSE) && has(Capability.ORDERED_KEYS)) {
      await().until(() -> watcher.taken().size() == 450);
      long flowing = elsewhere(watcher.taken(), "hot");
      assertThat(flowing).as("events elsewhere: four partitions were asked for").isPositive();
      await().until(() -> runs.handled() >= flowing);
      await().until(() -> subscription.inFlight() == 10);
      assertThat(runs.starts("hot")).isEmpty();
    }
    gate.open();

    await().until(() -> runs.handled() == 450);
    checkOrder(runs);
  }

  /** How many events lay outside the partition of a key. */
  private static long elsewhere(List<Delivery> all, String key) {
    Set<String> partitions = new HashSet<>();
    for (Delivery each : all) {
      if (Taking.text(each.key()).equals(key)) {
        partitions.add(each.origin().partition());
      }
    }
    return all.stream().filter(each -> !partitions.contains(each.origin().partition())).count();
  }

  /** A subscription that is paused gets nothing new, and goes on where it was. */
  @Test
  public void d09_a_paused_subscription_gets_nothing_until_it_is_resumed() {
    EventType<Step> step = Step.on(address("paused"));
    Messaging messaging = connect();
    Runs runs = new Runs();
    Subscription subscription = messaging.subscribe(group()).on(step, runs::note).start();
    publish(messaging, step, 5, 0, 2);
    await().until(() -> runs.handled() == 10);
    subscription.pause();
    publish(messaging, step, 5, 2, 4);
    quietly("nothing comes", () -> runs.started() == 10);
    subscription.resume();

    await().until(() -> runs.handled() == 20);
    checkOrder(runs);
    assertThat(runs.started()).isEqualTo(20);
  }

  /** Closing waits for the handlers that run, and what they did is settled. */
  @Test
  public void d10_closing_lets_running_handlers_end_and_settles_what_they_did() {
    String address = address("draining");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging first = connect();
    Gate gate = gate();
    first.subscribe(group).on(step, event -> gate.await()).start();
    publish(first, step, "key", 0, 1);
    await().until(() -> gate.waiting() == 1);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(first::close);
    quietly("it waits", () -> !closing.isDone());
    gate.open();
    get(closing);

    Messaging second = connect();
    Runs after = new Runs();
    second.subscribe(group).on(step, after::note).start();
    publish(second, step, "key", 1, 2);
    await().until(() -> after.handled("key", 1));
    assertThat(after.starts("key")).containsExactly(1);
  }

  /**
   * Closing leaves what has not ended within the drain limit: exactly that is delivered again. What
   * ends later changes nothing.
   */
  @Test
  public void d10_closing_leaves_the_unsettled_and_a_new_member_gets_exactly_these() {
    String address = address("leaving");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging first = connect();
    Gate gate = gate();
    Runs before = new Runs();
    first
        .subscribe(group)
        .limits(Limits.defaults().concurrency(4).drain(Duration.ofMillis(200)))
        .on(
            step,
            event -> {
              if (event.data().number() == 1) {
                gate.await();
              }
              before.note(event);
            })
        .start();
    publish(first, step, 4, 0, 1);
    await().until(() -> before.handled() == 4);
    publish(first, step, 4, 1, 3);
    await().until(() -> gate.waiting() == 4);
    first.close();
    gate.open();

    Messaging second = connect();
    Runs after = new Runs();
    second.subscribe(group).on(step, after::note).start();
    await().until(() -> after.handled() == 8);
    quietly("nothing else comes", () -> after.started() == 8);
    for (int k = 0; k < 4; k++) {
      assertThat(after.starts("key-" + k)).containsExactly(1, 2);
    }
    awaitSettled(group, address);
  }

  /** Any number of threads may close a receiver, any number of times. */
  @Test
  public void d10_closing_is_idempotent_and_safe_from_any_thread() {
    String address = address("closing");
    String group = group(address);
    publish(connect(), Step.on(address), "key", 0, 3);
    Taking intake = new Taking();
    Receiver receiver = receive(transport(), group, address, intake);
    await().until(() -> intake.taken().size() == 3);
    intake.taken().get(0).settle();
    List<CompletableFuture<Void>> closing =
        IntStream.range(0, 4).mapToObj(i -> CompletableFuture.runAsync(receiver::close)).toList();
    closing.forEach(this::get);
    receiver.close();
    assertThat(intake.taken()).noneMatch(each -> each.assignment().isHeld());
    intake.taken().forEach(Delivery::settle);

    Taking again = new Taking();
    receive(transport(), group, address, again);
    await().until(() -> again.taken().size() == 2);
    checkBodies(again.bodies(), intake.bodies().subList(1, 3));
  }
}
