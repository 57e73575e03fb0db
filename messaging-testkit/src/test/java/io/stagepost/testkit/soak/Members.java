package io.stagepost.testkit.soak;

import io.stagepost.Batch;
import io.stagepost.Health;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The members of the group: they join and leave, lose what they have, pause, and are cut off. */
final class Members {
  static final String GROUP = "workers";
  static final int MOST = 4;
  static final Policy POLICY =
      Policy.defaults()
          .timeout(Duration.ofMillis(100))
          .retry(
              Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(20))
                  .attempts(6)
                  .maxAge(Duration.ofMinutes(10)));
  private static final Limits LIMITS =
      Limits.defaults()
          .concurrency(8)
          .inFlight(2_000)
          .inFlightBytes(600_000)
          .retryBudget(new Limits.RetryBudget(0.004, 10));

  /** One member, with a connection of its own. */
  private record Member(
      InMemoryTransport transport, Messaging messaging, Subscription subscription) {}

  private final InMemoryTransport base;
  private final SoakOracle oracle;
  private final Outcomes outcomes;
  private final Random random;
  private final List<Member> members = new CopyOnWriteArrayList<>();
  final int[] did = new int[6];
  int probed;

  Members(InMemoryTransport base, SoakOracle oracle, Outcomes outcomes, Random random) {
    this.base = base;
    this.oracle = oracle;
    this.outcomes = outcomes;
    this.random = random;
  }

  void join() {
    InMemoryTransport transport = base.another();
    Messaging messaging = transport.messaging().build();
    Subscription subscription =
        messaging
            .subscribe(GROUP)
            .policy(POLICY)
            .limits(LIMITS)
            .on(Parcels.PLAIN, outcomes::handle)
            .onAsync(Parcels.LATER, outcomes::handleLater)
            .onBatch(
                Parcels.BATCH,
                Batch.upTo(20).orAfter(Duration.ofNanos(300_000)),
                outcomes::handleBatch)
            .start();
    members.add(new Member(transport, messaging, subscription));
  }

  private void leave() {
    Member leaving = members.remove(random.nextInt(members.size()));
    leaving.subscription().close();
    leaving.messaging().close();
  }

  /** Something happens to somebody. */
  void disturb() {
    int what = random.nextInt(did.length);
    did[what]++;
    switch (what) {
      case 0 -> base.faults().rebalance(GROUP);
      case 1 -> {
        if (members.size() == MOST || (members.size() > 1 && random.nextBoolean())) {
          leave();
        } else {
          join();
        }
      }
      case 2 -> oracle.losing(() -> base.faults().loseAssignments(GROUP));
      case 3 -> {
        Member cut = any();
        oracle.losing(cut.transport()::disconnect);
        pass(Duration.ofMillis(random.nextInt(10)));
        cut.transport().reconnect();
      }
      case 4 -> {
        Member paused = any();
        paused.subscription().pause();
        pass(Duration.ofMillis(random.nextInt(10)));
        paused.subscription().resume();
      }
      default -> {
        outcomes.outage = true;
        pass(Duration.ofMillis(random.nextInt(50)));
        outcomes.outage = false;
      }
    }
  }

  private Member any() {
    return members.get(random.nextInt(members.size()));
  }

  static void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Looks at the health of all. */
  void checkBounds() {
    for (Member member : members) {
      Health.Consuming health = member.subscription().health();
      if (health.inFlight() > LIMITS.inFlight()
          || health.inFlightBytes() > LIMITS.inFlightBytes()
          || health.inFlight() < 0
          || health.inFlightBytes() < 0) {
        oracle.violation("d09: " + health);
      }
      probed += health.state() == Subscription.State.PROBING ? 1 : 0;
    }
  }

  void close() {
    for (Member member : members) {
      long before = System.nanoTime();
      member.messaging().close();
      if (System.nanoTime() - before > TimeUnit.SECONDS.toNanos(25)) {
        oracle.violation("d10: close did not drain");
      }
    }
  }

  @Override
  public String toString() {
    return String.format(
        "%d rebalances, %d joins and leaves, %d losses, %d cuts, %d pauses, %d outages"
            + " (seen probing %d times)",
        did[0], did[1], did[2], did[3], did[4], did[5], probed);
  }
}
