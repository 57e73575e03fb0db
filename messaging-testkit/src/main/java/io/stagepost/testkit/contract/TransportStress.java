package io.stagepost.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Limits.RetryBudget;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.StressOracle.Member;
import io.stagepost.testkit.contract.StressOracle.Run;
import io.stagepost.testkit.contract.StressPlan.Fate;
import io.stagepost.testkit.contract.TransportHarness.Fault;
import io.stagepost.testkit.contract.TransportHarness.Provisioning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Everything at once: a seed decides what is published, how handlers end, and which members join,
 * leave, crash and are thrown out meanwhile; an oracle of its own checks that the contract holds.
 * Subclass it as {@link TransportContract}.
 *
 * <p>{@code -Dcontract.seed} repeats a run's decisions (a failure names its seed), though not the
 * timing of threads and broker; {@code -Dcontract.events} says how many events, 600 unless given.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
public abstract class TransportStress extends Contract {
  private static final int MEMBERS = 3;
  private static final int CONCURRENCY = 6;
  private static final int IN_FLIGHT = 50;
  private static final int BACKLOG = 200;

  /** A member and what it runs on. */
  private record Consumer(
      Member member, Transport transport, Messaging messaging, Subscription subscription) {}

  private final List<Consumer> consumers = new ArrayList<>();
  private int joined;

  /** For subclasses. */
  protected TransportStress() {}

  /**
   * Whatever happens: no event is lost (each is handled, skipped, dead-lettered or parked, as it
   * should be), no key meets itself while assignments are held, first starts follow the order of
   * publication per key, and no bound is exceeded.
   */
  @Test
  public void d03_d04_d06_d09_everything_at_once_keeps_the_contract() {
    long seed = Long.getLong("contract.seed", System.nanoTime() & 0xffff_ffffL);
    int events = Integer.getInteger("contract.events", 600);
    try {
      stress(new StressPlan(seed), events);
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError(
          "With -Dcontract.seed="
              + seed
              + " -Dcontract.events="
              + events
              + ": "
              + failure.getMessage(),
          failure);
    }
  }

  private void stress(StressPlan plan, int events) {
    String address = address("stress");
    String group = group();
    EventType<Step> type = Step.on(address);
    StressOracle oracle =
        new StressOracle(
            has(Capability.ORDERED_KEYS),
            has(Capability.ORDERLY_HAND_OVER),
            given().quiet().multipliedBy(2));
    Messaging publisher = connect();
    List<Step> published = new ArrayList<>();
    join(plan, oracle, group, type);
    while (published.size() < events) {
      int count = Math.min(plan.batch(), events - published.size());
      List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Step step = plan.next();
        published.add(step);
        receipts.add(publisher.publish(type.event(step)));
      }
      befall(plan, oracle, group, type);
      receipts.forEach(this::get);
      int atLeast = published.size() - BACKLOG;
      await().until(() -> watched(oracle).ended() >= atLeast);
    }
    Set<String> expected = published.stream().map(Step::toString).collect(Collectors.toSet());
    await()
        .untilAsserted(() -> assertThat(missing(expected, watched(oracle).endedSteps())).isEmpty());
    awaitSettled(group, address);

    assertThat(oracle.violations()).isEmpty();
    Policy policy = Policy.defaults();
    checkGivenUp(
        policy.deadLetterAddress(address, group),
        published,
        step -> plan.fate(step) == Fate.DEAD_LETTERED);
    checkGivenUp(
        policy.parkingLotAddress(address, group),
        published,
        step -> plan.fate(step) == Fate.PARKED);
  }

  private static Set<String> missing(Set<String> expected, Set<String> ended) {
    Set<String> missing = new TreeSet<>(expected);
    missing.removeAll(ended);
    return missing;
  }

  /** Duplicates are allowed: a crash between the confirmation and the settlement makes them. */
  private void checkGivenUp(String address, List<Step> published, Predicate<Step> expected) {
    Set<String> all =
        published.stream().filter(expected).map(Step::toString).collect(Collectors.toSet());
    Set<String> stored = new HashSet<>();
    messages(address).forEach(message -> stored.add(Taking.text(message.body())));
    assertThat(stored).as(address).isEqualTo(all);
  }

  private StressOracle watched(StressOracle oracle) {
    for (Consumer consumer : consumers) {
      oracle.bound("in flight at " + consumer.member, consumer.subscription.inFlight(), IN_FLIGHT);
    }
    return oracle;
  }

  // ---- what befalls the members

  private void befall(StressPlan plan, StressOracle oracle, String group, EventType<Step> type) {
    switch (plan.incident()) {
      case JOIN -> {
        if (consumers.size() < MEMBERS) {
          join(plan, oracle, group, type);
        }
      }
      case LEAVE -> {
        if (consumers.size() > 1) {
          consumers.remove(plan.oneOf(consumers.size())).messaging.close();
        }
      }
      case CRASH -> {
        if (can(Fault.CRASH)) {
          Consumer doomed = consumers.remove(plan.oneOf(consumers.size()));
          oracle.dying(doomed.member);
          given().crash(doomed.transport);
          oracle.dead(doomed.member);
          if (consumers.isEmpty()) {
            join(plan, oracle, group, type);
          }
        }
      }
      case LOSS -> {
        if (can(Fault.LOST_ASSIGNMENT)) {
          oracle.lost();
          given().loseAssignments(group);
          oracle.lost();
        }
      }
      case NOTHING -> {}
    }
  }

  private boolean can(Fault fault) {
    return !given().cannot().containsKey(fault);
  }

  private void join(StressPlan plan, StressOracle oracle, String group, EventType<Step> type) {
    Member member = new Member(++joined, CONCURRENCY);
    Transport transport = given().connect(Provisioning.CREATE);
    Messaging messaging = over(transport);
    Subscription subscription =
        messaging
            .subscribe(group)
            .policy(PATIENT)
            .limits(
                Limits.defaults()
                    .concurrency(CONCURRENCY)
                    .inFlight(IN_FLIGHT)
                    .retryBudget(new RetryBudget(1, 1_000_000)))
            .onAsync(type, (event, context) -> handle(plan, oracle, member, event))
            .start();
    consumers.add(new Consumer(member, transport, messaging, subscription));
  }

  private static CompletionStage<Outcome> handle(
      StressPlan plan, StressOracle oracle, Member member, Event<Step> event) {
    Step step = event.data();
    Run run = oracle.begins(member, step);
    Fate fate = plan.fate(step);
    boolean first = oracle.starts(step) <= 1;
    if (fate == Fate.DONE_LATER) {
      return CompletableFuture.supplyAsync(
          () -> ended(oracle, run, Outcome.done()),
          CompletableFuture.delayedExecutor(2, TimeUnit.MILLISECONDS));
    }
    ConsumingContract.work();
    if (first && fate == Fate.FAILS_ONCE) {
      oracle.ends(run, false);
      throw new IllegalStateException("Fails once");
    }
    if (first && fate == Fate.ASKS_ONCE) {
      oracle.ends(run, false);
      return CompletableFuture.completedFuture(Outcome.retryAfter(Duration.ofMillis(3)));
    }
    return CompletableFuture.completedFuture(
        ended(
            oracle,
            run,
            switch (fate) {
              case SKIPPED -> Outcome.skip("not needed");
              case DEAD_LETTERED -> Outcome.deadLetter("no-good");
              case PARKED -> Outcome.park("ask somebody");
              default -> Outcome.done();
            }));
  }

  private static Outcome ended(StressOracle oracle, Run run, Outcome outcome) {
    oracle.ends(run, true);
    return outcome;
  }
}
