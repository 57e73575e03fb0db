package io.stagepost.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Receipt;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.StressOracle.Run;
import io.stagepost.testkit.contract.TransportHarness.Provisioning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A rebalance storm: up to ten members join, leave, crash and are thrown out at random, one every
 * second or so, while events of few hot and many cold keys flow, and handlers take from nothing to
 * more than a second. Subclass it as {@link TransportContract}.
 *
 * <p>{@code -Dcontract.storm.seconds} says how long, 20 unless given; {@code -Dcontract.seed}
 * repeats a run's decisions, though not its timing. What happened is printed.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
public abstract class TransportStorm extends Contract {
  private static final int MEMBERS = 10;
  private static final int BACKLOG = 300;
  private static final int BATCH = 10;
  private static final Duration BETWEEN = Duration.ofSeconds(1);
  private static final Duration BREATH = Duration.ofMillis(50);

  /** For subclasses. */
  protected TransportStorm() {}

  /**
   * Through the storm: no event is lost, no runs of a key meet unless the assignment of one was
   * lost, and first starts follow the order of publication per key.
   *
   * @throws InterruptedException if the test is interrupted
   */
  @Test
  public void d03_d04_d11_a_rebalance_storm_loses_nothing_and_keeps_the_order()
      throws InterruptedException {
    long seed = Long.getLong("contract.seed", System.nanoTime() & 0xffff_ffffL);
    try {
      storm(seed, Duration.ofSeconds(Integer.getInteger("contract.storm.seconds", 20)));
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError(
          "With -Dcontract.seed=" + seed + ": " + failure.getMessage(), failure);
    }
  }

  private void storm(long seed, Duration length) throws InterruptedException {
    StressPlan plan = new StressPlan(seed);
    String address = address("storm");
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
            (run, event) -> handle(oracle, run, plan.handling(event.data())));
    Messaging publisher = connect();
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    Set<String> published = new HashSet<>();
    crowd.join();
    long began = System.nanoTime();
    long next = began;
    while (System.nanoTime() - began < length.toNanos()) {
      if (published.size() - oracle.ended() < BACKLOG) {
        for (int i = 0; i < BATCH; i++) {
          Step step = plan.next();
          published.add(step.toString());
          receipts.add(publisher.publish(type.event(step)));
        }
      } else {
        crowd.watched().awaitEnded(published.size() - BACKLOG + BATCH, BREATH);
      }
      if (System.nanoTime() - next > 0) {
        crowd.befall(plan.nextIncident());
        crowd.bury(given().quiet().multipliedBy(5));
        next = System.nanoTime() + plan.within(BETWEEN).toNanos();
      }
    }
    receipts.forEach(this::get);
    try {
      await().until(() -> crowd.watched().ended() == published.size());
    } catch (ConditionTimeoutException stalled) {
      Set<String> missing = TransportStress.missing(published, oracle.endedSteps());
      throw new AssertionError(
          "Not ended: " + missing + "\n" + crowd.health() + "\n" + backlog(group, address),
          stalled);
    }
    get(crowd.left());
    awaitSettled(group, address);

    System.out.printf(
        Locale.ROOT,
        "Storm of seed %d, %d s: %,d events of %d keys, %,d starts, %s, %d members at the end,"
            + " %d excused meetings, violations: %s%n",
        seed,
        length.toSeconds(),
        published.size(),
        plan.keys(),
        oracle.started(),
        crowd.incidents(),
        crowd.size(),
        oracle.excusedMeetings(),
        oracle.violations());
    assertThat(TransportStress.missing(published, oracle.endedSteps())).isEmpty();
    assertThat(oracle.violations()).isEmpty();
  }

  private String backlog(String subscription, String address) {
    try (Transport transport = given().connect(Provisioning.TRUST)) {
      return transport.topology().backlog(subscription, List.of(address)).toString();
    }
  }

  /** Some of the slow ones block their thread and hear no interrupt, the others do not block. */
  private static CompletionStage<Outcome> handle(StressOracle oracle, Run run, Duration time) {
    if (time.isZero()) {
      ConsumingContract.work();
      return CompletableFuture.completedFuture(ended(oracle, run));
    }
    CompletableFuture<Outcome> later =
        CompletableFuture.supplyAsync(
            () -> ended(oracle, run),
            CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS));
    return run.step().number() % 2 == 0 ? later : CompletableFuture.completedFuture(later.join());
  }

  private static Outcome ended(StressOracle oracle, Run run) {
    oracle.ends(run, true);
    return Outcome.done();
  }
}
