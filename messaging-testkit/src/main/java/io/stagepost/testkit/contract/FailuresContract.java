package io.stagepost.testkit.contract;

import static io.stagepost.testkit.contract.TransportHarness.Fault.CRASH;
import static io.stagepost.testkit.contract.TransportHarness.Fault.LOST_ASSIGNMENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Context;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.TransportHarness.Provisioning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Members that crash, are thrown out, come and go. */
abstract class FailuresContract extends BoundsContract {
  /** What a member had not settled when it crashed is delivered to another one. */
  @Test
  @Exercises(faults = CRASH)
  public void d03_a_crash_redelivers_what_was_not_settled_and_loses_nothing() {
    String address = address("crashing");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Transport doomed = given().connect(Provisioning.CREATE);
    Messaging first = over(doomed);
    Gate gate = gate();
    Runs before = new Runs();
    first
        .subscribe(group)
        .limits(Limits.defaults().concurrency(4).drain(Duration.ofMillis(100)))
        .on(
            step,
            event -> {
              if (event.data().number() >= 5) {
                gate.await();
              }
              before.note(event);
            })
        .start();
    Messaging second = connect();
    publish(second, step, 6, 0, 10);
    await().until(() -> gate.waiting() == 4);
    given().crash(doomed);
    gate.open();

    Runs after = new Runs();
    second.subscribe(group).on(step, after::note).start();
    publish(second, step, 6, 10, 12);
    for (int k = 0; k < 6; k++) {
      String key = "key-" + k;
      await().until(() -> after.handled(key, 11));
      await().until(() -> after.starts(key).containsAll(List.of(5, 6, 7, 8, 9, 10, 11)));
      // a suffix, from the first that was not settled on at the latest
      if (has(Capability.ORDERED_KEYS)) {
        assertThat(after.starts(key)).isSorted().endsWith(5, 6, 7, 8, 9, 10, 11);
      }
      assertThat(after.starts(key)).doesNotHaveDuplicates();
    }
    awaitSettled(group, address);
  }

  /** Settling later messages does not settle an earlier one: after a crash that one comes again. */
  @Test
  @Exercises(faults = CRASH)
  public void d03_settling_later_ones_never_settles_an_earlier_one() {
    String address = address("gaps");
    String group = group(address);
    publish(connect(), Step.on(address), "key", 0, 6);
    Transport doomed = transport();
    Taking intake = new Taking();
    receive(doomed, group, address, intake);
    await().until(() -> intake.taken().size() == 6);
    for (int settled : new int[] {0, 1, 3, 5}) {
      intake.taken().get(settled).settle();
    }
    quietly("two are not settled", () -> lag(group, address) != 0);
    given().crash(doomed);

    Taking again = new Taking();
    receive(transport(), group, address, again);
    List<String> missing = List.of(intake.bodies().get(2), intake.bodies().get(4));
    await().until(() -> again.bodies().containsAll(missing));
    if (has(Capability.ORDERED_KEYS)) {
      assertThat(again.bodies()).isSorted();
    }
  }

  /** What was received and never settled comes again after a crash, all of it, in order. */
  @Test
  @Exercises(faults = CRASH)
  public void d03_receiving_is_not_settling() {
    String address = address("received");
    String group = group(address);
    publish(connect(), Step.on(address), "key", 0, 5);
    Transport doomed = transport();
    Taking intake = new Taking();
    receive(doomed, group, address, intake);
    await().until(() -> intake.taken().size() == 5);
    quietly("nothing is settled", () -> lag(group, address) != 0);
    given().crash(doomed);

    Taking again = new Taking();
    receive(transport(), group, address, again);
    await().until(() -> again.taken().size() >= 5);
    checkBodies(again.bodies(), List.of("key#0", "key#1", "key#2", "key#3", "key#4"));
  }

  /** A dead letter whose original was not settled when its member crashed is written again. */
  @Test
  @Exercises(faults = CRASH, needs = Capability.REFUSES_UNROUTABLE)
  public void d06_a_crash_before_the_dead_letter_was_confirmed_loses_it_not() {
    String address = address("undead");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Transport doomed = given().connect(Provisioning.TRUST);
    Messaging first = over(doomed);
    Runs runs = new Runs();
    first
        .subscribe(group)
        .limits(Limits.defaults().drain(Duration.ofMillis(100)))
        .policy(PATIENT)
        .on(
            step,
            (event, context) -> {
              runs.note(event);
              return Outcome.deadLetter("no-good");
            })
        .start();
    publish(connect(), step, "key", 0, 1);
    await().until(() -> runs.started() == 1);
    given().crash(doomed);
    first.close();

    Messaging second = connect();
    second.subscribe(group).on(step, (event, context) -> Outcome.deadLetter("no-good")).start();
    String deadLetters = Policy.defaults().deadLetterAddress(address, group);
    await().until(() -> !stored(deadLetters).isEmpty());
    assertThat(Taking.text(messages(deadLetters).get(0).body())).isEqualTo("key#0");
    awaitSettled(group, address);
  }

  /**
   * Members come and go while events flow: nothing is lost, no key meets itself, and first starts
   * follow the order of publication.
   */
  @Test
  @Exercises({Capability.ORDERED_KEYS, Capability.ORDERLY_HAND_OVER})
  public void d04_members_come_and_go_and_no_key_meets_itself_nor_starts_out_of_order() {
    String address = address("members");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging publisher = connect();
    Runs runs = new Runs();
    List<Messaging> members = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      if (round < 3) {
        Messaging member = connect();
        members.add(member);
        member
            .subscribe(group)
            .limits(Limits.defaults().concurrency(4).inFlight(40))
            .on(step, event -> runs.run(event, ConsumingContract::work))
            .start();
      } else {
        members.remove(0).close();
      }
      publish(publisher, step, 20, round * 10, (round + 1) * 10);
      int most = 200 * (round + 1) - 100;
      await().until(() -> runs.handled() >= most);
    }

    await().until(() -> runs.handled() == 1_000);
    awaitSettled(group, address);
    if (has(Capability.ORDERLY_HAND_OVER)) {
      runs.checkOverlaps();
    }
    checkOrder(runs);
  }

  /**
   * A key whose handler runs is handed over once that has ended, and what it did is settled by
   * then: it does not run again.
   */
  @Test
  @Exercises(Capability.ORDERLY_HAND_OVER)
  public void d04_a_hand_over_waits_for_running_handlers_and_settles_what_they_did() {
    String address = address("handover");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Gate gate = gate();
    Runs runs = new Runs();
    Messaging first = connect();
    first.subscribe(group).on(step, event -> runs.run(event, gate::await)).start();
    publish(first, step, 8, 0, 1);
    await().until(() -> gate.waiting() == 8);
    Runs bySecond = new Runs();
    connect()
        .subscribe(group)
        .on(
            step,
            event -> {
              bySecond.note(event);
              runs.note(event);
            })
        .start();
    if (has(Capability.ORDERLY_HAND_OVER)) {
      quietly("no key runs twice", () -> bySecond.started() == 0 && runs.overlaps().isEmpty());
    }
    gate.open();

    await().until(() -> runs.handled() == 8);
    publish(first, step, 8, 1, 4);
    await().until(() -> runs.handled() == 32);
    awaitSettled(group, address);
    await()
        .until(
            () -> {
              publishMore(first, step);
              return bySecond.started() > 0;
            });
    if (has(Capability.ORDERLY_HAND_OVER)) {
      runs.checkOverlaps();
      for (int k = 0; k < 8; k++) {
        assertThat(runs.starts("key-" + k)).startsWith(0, 1, 2, 3).doesNotHaveDuplicates();
      }
    }
  }

  private int further = 4;

  /** With keys enough that it cannot be that none of them is another member's. */
  private void publishMore(Messaging messaging, EventType<Step> step) {
    publish(messaging, step, 100, further, further + 1);
    further++;
  }

  /**
   * After the drain limit a key is handed over although its handler still runs, and that is told
   * that it was cancelled.
   */
  @Test
  @Exercises(Capability.ORDERLY_HAND_OVER)
  public void d04_after_the_drain_limit_a_key_is_handed_over_all_the_same() {
    String address = address("overdue");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Gate never = gate();
    int keys = 40; // so many that some of them are bound to lie where the second one gets its share
    Map<String, Context> contexts = new ConcurrentHashMap<>();
    Messaging first = connect();
    first
        .subscribe(group)
        .limits(Limits.defaults().concurrency(keys).drain(Duration.ofMillis(200)))
        .on(
            step,
            (event, context) -> {
              contexts.put(event.data().key(), context);
              never.await();
              return Outcome.done();
            })
        .start();
    publish(first, step, keys, 0, 1);
    await().until(() -> never.waiting() == keys);
    Runs bySecond = new Runs();
    connect().subscribe(group).on(step, bySecond::note).start();

    await().until(() -> bySecond.handled() > 0);
    if (has(Capability.ORDERLY_HAND_OVER)) {
      await().until(() -> contexts.values().stream().anyMatch(Context::isCancelled));
    }
  }

  /**
   * When a member is thrown out, what it had not settled is delivered anew; settling the old
   * delivery changes nothing.
   */
  @Test
  @Exercises(faults = LOST_ASSIGNMENT)
  public void d11_settling_what_was_lost_changes_nothing() {
    String address = address("lost");
    String group = group(address);
    publish(connect(), Step.on(address), "key", 0, 3);
    Transport transport = transport();
    Taking intake = new Taking();
    receive(transport, group, address, intake);
    await().until(() -> intake.taken().size() == 3);
    List<Delivery> old = intake.taken();
    given().loseAssignments(group);

    await().until(() -> intake.taken().size() >= 6);
    checkBodies(intake.bodies().subList(3, 6), List.of("key#0", "key#1", "key#2"));
    Set<Assignment> lost = Set.copyOf(old.stream().map(Delivery::assignment).toList());
    assertThat(lost).noneMatch(Assignment::isHeld);
    assertThat(intake.lost()).containsAll(lost);
    old.forEach(Delivery::settle);
    quietly("they are not settled", () -> lag(group, address) != 0);
    intake.taken().get(3).settle();
    intake.taken().get(4).settle();

    await().until(() -> lag(group, address) <= 1);
    quietly("one is not settled", () -> lag(group, address) != 0);
  }

  /**
   * When a member is thrown out while it waits for handlers before it hands over, it is told all
   * the same, so that they are cancelled.
   */
  @Test
  @Exercises(value = Capability.ORDERLY_HAND_OVER, faults = LOST_ASSIGNMENT)
  public void d11_what_is_lost_while_it_is_handed_over_is_told_as_lost() {
    String address = address("handover");
    String group = group(address);
    CompletableFuture<Void> handled = new CompletableFuture<>();
    Taking first = new Taking();
    first.handlingUntil(handled);
    receive(transport(), group, address, first);
    Messaging publisher = connect();
    publish(publisher, Step.on(address), 50, 0, 1);
    await().until(() -> first.taken().size() == 50);
    receive(transport(), group, address, new Taking());
    if (has(Capability.ORDERLY_HAND_OVER)) {
      await().until(() -> !first.released().isEmpty());
      Set<Assignment> leaving = Set.copyOf(first.released());
      assertThat(first.lost()).isEmpty();
      given().loseAssignments(group);
      await().until(() -> first.lost().containsAll(leaving));
    }
    handled.complete(null);
  }

  /** A member that was thrown out comes back by itself, and a key does not meet itself there. */
  @Test
  @Exercises(faults = LOST_ASSIGNMENT)
  public void d11_after_a_loss_a_key_waits_for_its_old_run_and_everything_is_handled() {
    String address = address("lost");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Gate gate = gate();
    Runs runs = new Runs();
    Messaging messaging = connect();
    messaging.subscribe(group).on(step, event -> runs.run(event, gate::await)).start();
    publish(messaging, step, 3, 0, 2);
    await().until(() -> gate.waiting() == 3);
    given().loseAssignments(group);
    quietly("no key meets itself", () -> runs.overlaps().isEmpty());
    gate.open();

    await().until(() -> runs.handled() == 6);
    awaitSettled(group, address);
    publish(messaging, step, 3, 2, 4);
    await().until(() -> runs.handled() == 12);
    runs.checkOverlaps();
    checkOrder(runs);
  }

  /** A crashed member's late completions change nothing: it was dead when it settled. */
  @Test
  @Exercises(faults = CRASH)
  public void d11_what_a_crashed_member_settles_late_changes_nothing() {
    String address = address("late");
    String group = group(address);
    publish(connect(), Step.on(address), "key", 0, 2);
    Transport doomed = transport();
    Taking intake = new Taking();
    receive(doomed, group, address, intake);
    await().until(() -> intake.taken().size() == 2);
    given().crash(doomed);
    Taking again = new Taking();
    receive(transport(), group, address, again);
    await().until(() -> again.taken().size() == 2);
    intake.taken().forEach(Delivery::settle);
    quietly("they are not settled", () -> lag(group, address) != 0);
    again.taken().forEach(Delivery::settle);
    awaitSettled(group, address);
  }

  /** Closing a member hands over what it had, at once: the others need not wait for its session. */
  @Test
  public void d10_a_member_that_closes_hands_its_keys_to_the_others() {
    String address = address("bequeathed");
    String group = group(address);
    EventType<Step> step = Step.on(address);
    Messaging first = connect();
    Messaging second = connect();
    Set<String> handled = ConcurrentHashMap.newKeySet();
    first.subscribe(group).on(step, event -> handled.add(event.data().toString())).start();
    second.subscribe(group).on(step, event -> handled.add(event.data().toString())).start();
    Messaging publisher = connect();
    publish(publisher, step, 12, 0, 5);
    await().until(() -> handled.size() == 60);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(first::close);
    publish(publisher, step, 12, 5, 10);
    get(closing);

    await().until(() -> handled.size() == 120);
    awaitSettled(group, address);
  }
}
