package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.spi.Delivery;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A process that dies, again and again, of one event among many: simulated with the partitions as
 * they are, and a seed that decides in which order things happen in each of its lives. {@code
 * -Dcrashes.schedules=N} explores N of them, {@code -Dcrashes.seed=S} begins with that one.
 */
class CrashGuardTest {
  private static final int SCHEDULES = Integer.getInteger("crashes.schedules", 2_000);
  private static final long FIRST_SEED = Long.getLong("crashes.seed", 1L);
  private static final int LIMIT = 2;

  @Test
  void an_event_that_kills_the_process_is_found_and_its_neighbours_are_spared() {
    int most = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      try {
        most = Math.max(most, new Schedule(seed, true).run());
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError(
            "replay with -Dcrashes.schedules=1 -Dcrashes.seed=" + seed, broken);
      }
    }
    assertThat(most).as("deaths until it is found").isGreaterThan(LIMIT);
  }

  @Test
  void without_such_an_event_nobody_is_ever_blamed_however_often_the_process_is_killed() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
      try {
        assertThat(new Schedule(seed, false).run()).isPositive();
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError(
            "replay with -Dcrashes.schedules=1 -Dcrashes.seed=" + seed, broken);
      }
    }
  }

  /** One partition, its broker's side and this life's. */
  private static final class Side extends Accepting {
    final TopicPartition partition;
    final int end;
    final List<KafkaDelivery> open = new ArrayList<>();
    @Nullable OffsetAndMetadata committed;
    @Nullable Flow flow;
    long position;
    int room;

    Side(int number, int end) {
      this.partition = new TopicPartition("topic", number);
      this.end = end;
    }

    @Override
    public int offer(List<? extends Delivery> deliveries) {
      int taken = Math.min(room, deliveries.size());
      deliveries.subList(0, taken).forEach(delivery -> open.add((KafkaDelivery) delivery));
      return taken;
    }
  }

  private static final class Schedule {
    private final Random random;
    private final List<Side> sides = new ArrayList<>();
    private final Side deadly;
    private final long killer;
    private final Set<String> handled = new HashSet<>();
    private final Semaphore process = new Semaphore(1);
    private boolean found;
    private int deaths;

    Schedule(long seed, boolean kills) {
      random = new Random(seed * 0x9E3779B97F4A7C15L);
      int count = 1 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        sides.add(new Side(i, 1 + random.nextInt(1_200)));
      }
      deadly = sides.get(random.nextInt(count));
      killer = kills ? random.nextInt(deadly.end) : -1;
      found = !kills;
    }

    /** Lives until all is handled; how often it died. */
    int run() {
      while (!live()) {
        deaths++;
        if (deaths > 60) {
          throw new AssertionError("it goes on dying: " + deaths);
        }
      }
      int all = sides.stream().mapToInt(side -> side.end).sum();
      if (!found || handled.size() != all) {
        throw new AssertionError("handled " + handled.size() + " of " + all + ", found " + found);
      }
      return Math.max(1, deaths);
    }

    /** One life of the process; false if it died. */
    private boolean live() {
      for (Side side : sides) {
        side.flow = new Flow(side.partition, side.committed, () -> {}, process);
        side.open.clear();
        side.position = side.committed == null ? 0 : side.committed.offset();
      }
      int step = 0;
      while (sides.stream().anyMatch(side -> !isDone(side))) {
        step++;
        Side side = sides.get(random.nextInt(sides.size()));
        boolean killed = false;
        switch (random.nextInt(6)) {
          case 0 -> fetch(side);
          case 1, 2 -> offer(side);
          case 3, 4 -> killed = !handle(side);
          default -> {
            if (random.nextInt(50) == 0) {
              commit(side, false);
            }
          }
        }
        if (killer < 0 && deaths < CrashGuard.SUSPICIOUS + LIMIT - 1 && random.nextInt(300) == 0) {
          killed = true; // kill -9, by somebody
        }
        if (killed) {
          sides.forEach(dead -> flow(dead).end()); // what the process had goes with it
          return false;
        }
        if (step > 2_000_000) {
          throw new AssertionError("it does not get on");
        }
      }
      sides.forEach(
          ending -> {
            flow(ending).end();
            commit(ending, true);
          });
      return true;
    }

    private static Flow flow(Side side) {
      return requireNonNull(side.flow);
    }

    private static boolean isDone(Side side) {
      flow(side).advance();
      return side.position == side.end && !flow(side).isHolding() && side.open.isEmpty();
    }

    private void fetch(Side side) {
      if (flow(side).isHolding() || side.position == side.end) {
        return;
      }
      List<ConsumerRecord<byte @Nullable [], byte @Nullable []>> records = new ArrayList<>();
      for (int i = 1 + random.nextInt(800); i > 0 && side.position < side.end; i--) {
        records.add(
            new ConsumerRecord<>("topic", side.partition.partition(), side.position++, null, null));
      }
      flow(side).fetched(records);
      flow(side).reached(side.position);
    }

    private void offer(Side side) {
      for (Side each : sides) {
        if (flow(each).isToLeave()) {
          commit(each, false);
          flow(each).leave();
        }
      }
      side.room = random.nextInt(100);
      if (flow(side).hasNext(true)) {
        if (flow(side).mustDeclare()) {
          committed(side, flow(side).toDeclare());
        }
        flow(side).offer(side);
      }
    }

    /** Handles one of what was taken; false if the process dies of it. */
    private boolean handle(Side side) {
      if (side.open.isEmpty()) {
        return true;
      }
      KafkaDelivery delivery = side.open.remove(random.nextInt(side.open.size()));
      boolean dies = side == deadly && delivery.offset() == killer;
      if (dies && delivery.crashes() < LIMIT) {
        return false;
      }
      if (!dies && delivery.crashes() >= LIMIT) {
        throw new AssertionError(delivery + " is blamed, and is innocent");
      }
      found |= dies;
      handled.add(delivery.toString());
      delivery.settle();
      return true;
    }

    private static void commit(Side side, boolean ending) {
      Checkpoint checkpoint = flow(side).toCommit(ending);
      if (checkpoint != null) {
        committed(side, checkpoint);
      }
    }

    private static void committed(Side side, Checkpoint checkpoint) {
      side.committed = checkpoint.toCommit();
      flow(side).committed(side.committed);
    }
  }
}
