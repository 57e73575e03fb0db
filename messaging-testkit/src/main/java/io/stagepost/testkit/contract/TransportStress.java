package io.stagepost.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Receipt;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.testkit.contract.StressOracle.Run;
import io.stagepost.testkit.contract.StressPlan.Fate;
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
  private static final int BACKLOG = 200;

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
    String group = group(address);
    EventType<Step> type = Step.on(address);
    StressOracle oracle =
        new StressOracle(has(Capability.ORDERED_KEYS), has(Capability.ORDERLY_HAND_OVER));
    Crowd crowd =
        new Crowd(
            this,
            plan,
            oracle,
            MEMBERS,
            group,
            type,
            (run, event) -> handle(plan, oracle, run, event));
    Messaging publisher = connect();
    List<Step> published = new ArrayList<>();
    crowd.join();
    while (published.size() < events) {
      int count = Math.min(plan.batch(), events - published.size());
      List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Step step = plan.next();
        published.add(step);
        receipts.add(publisher.publish(type.event(step)));
      }
      crowd.befall(plan.incident());
      receipts.forEach(this::get);
      int atLeast = published.size() - BACKLOG;
      await().until(() -> crowd.watched().ended() >= atLeast);
    }
    Set<String> expected = published.stream().map(Step::toString).collect(Collectors.toSet());
    await()
        .untilAsserted(() -> assertThat(missing(expected, crowd.watched().endedSteps())).isEmpty());
    get(crowd.left());
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

  static Set<String> missing(Set<String> expected, Set<String> ended) {
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

  private static CompletionStage<Outcome> handle(
      StressPlan plan, StressOracle oracle, Run run, Event<Step> event) {
    Step step = event.data();
    Fate fate = plan.fate(step);
    boolean first = oracle.isFirst(run);
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
