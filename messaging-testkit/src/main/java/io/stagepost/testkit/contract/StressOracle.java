package io.stagepost.testkit.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Watches all members of a stressed subscription, knowing nothing of the engine: who runs what,
 * what was ended, and what must not be. Thread-safe.
 */
final class StressOracle {
  /** A member of the subscription, as the oracle knows it. */
  static final class Member {
    final int number;
    final int concurrency;

    /** Its crash has begun: its runs may overlap others. */
    private boolean dying;

    /** Its crash is complete: nothing that it does counts any more. */
    private boolean dead;

    private int running;

    Member(int number, int concurrency) {
      this.number = number;
      this.concurrency = concurrency;
    }

    @Override
    public String toString() {
      return "member " + number + (dead ? " (dead)" : dying ? " (dying)" : "");
    }
  }

  /**
   * A handler's run.
   *
   * @param isLost whether the library has told it that its assignment was lost
   */
  record Run(Member member, Step step, long began, BooleanSupplier isLost) {}

  /** Two runs of a key at once, for which nothing that was inflicted is an excuse. */
  private record Meeting(Run later, Run earlier) {
    /** Whether one of them was told that it is lost: only then may they meet (rule D04). */
    boolean isReported() {
      return later.isLost.getAsBoolean() || earlier.isLost.getAsBoolean();
    }

    @Override
    public String toString() {
      return later.step
          + " at "
          + later.member
          + " meets "
          + earlier.step
          + " at "
          + earlier.member;
    }
  }

  private final boolean ordered;
  private final boolean exclusive;
  private final long turbulence;
  private final Map<String, Set<Run>> running = new HashMap<>();
  private final Map<String, Integer> started = new HashMap<>();
  private final Map<Step, Integer> starts = new HashMap<>();
  private final Set<String> ended = new HashSet<>();
  private final List<String> violations = new ArrayList<>();
  private final List<Meeting> meetings = new ArrayList<>();
  private int excused;
  private long calmAt = System.nanoTime();

  /**
   * An oracle that has seen nothing.
   *
   * @param ordered whether first starts must follow the order of publication
   * @param exclusive whether runs of a key must never meet
   * @param turbulence for how long after a loss they may, all the same
   */
  StressOracle(boolean ordered, boolean exclusive, Duration turbulence) {
    this.ordered = ordered;
    this.exclusive = exclusive;
    this.turbulence = turbulence.toNanos();
  }

  /** A run begins. */
  synchronized Run begins(Member member, Step step, BooleanSupplier isLost) {
    Run run = new Run(member, step, System.nanoTime(), isLost);
    if (member.dead) {
      return run;
    }
    member.running++;
    if (member.running > member.concurrency) {
      violations.add(member + " runs " + member.running + " handlers at once");
    }
    Set<Run> ofKey = running.computeIfAbsent(step.key(), k -> new HashSet<>());
    for (Run other : ofKey) {
      if (excused(run) || excused(other)) {
        excused++;
      } else if (exclusive) {
        meetings.add(new Meeting(run, other));
      }
    }
    ofKey.add(run);
    starts.merge(step, 1, Integer::sum);
    int next = started.getOrDefault(step.key(), 0);
    if (step.number() == next) {
      started.put(step.key(), next + 1);
    } else if (ordered && step.number() > next) {
      violations.add(step + " starts at " + member + " before " + step.key() + "#" + next);
    }
    return run;
  }

  private boolean excused(Run run) {
    return run.member.dying || run.began < calmAt;
  }

  /** How often an event was started, by those who count. */
  synchronized int starts(Step step) {
    return starts.getOrDefault(step, 0);
  }

  /** A run ends; if it is the event's last, that has ended too. */
  synchronized void ends(Run run, boolean last) {
    Member member = run.member;
    Set<Run> ofKey = running.get(run.step.key());
    if (ofKey != null && ofKey.remove(run)) {
      member.running--;
    }
    if (!member.dead && last) {
      ended.add(run.step.toString());
      notifyAll();
    }
  }

  /** Waits until so many events have ended, or it takes too long. */
  synchronized void awaitEnded(int count, Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (long left = atMost.toNanos();
        ended.size() < count && left > 0;
        left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  synchronized void dying(Member member) {
    member.dying = true;
  }

  /** What it was doing is forgotten. */
  synchronized void dead(Member member) {
    member.dead = true;
    running.values().forEach(runs -> runs.removeIf(run -> run.member == member));
  }

  /** Assignments are being lost: for a while, runs of a key may meet. */
  synchronized void lost() {
    calmAt = System.nanoTime() + turbulence;
  }

  synchronized void bound(String what, long value, long limit) {
    if (value > limit) {
      violations.add(what + " is " + value + ", above its limit " + limit);
    }
  }

  synchronized int ended() {
    return ended.size();
  }

  synchronized Set<String> endedSteps() {
    return new TreeSet<>(ended);
  }

  /** How often runs of a key have met that may: since one is lost, and was told so. */
  synchronized long lostMeetings() {
    return excused + meetings.stream().filter(Meeting::isReported).count();
  }

  synchronized int started() {
    return starts.values().stream().mapToInt(Integer::intValue).sum();
  }

  synchronized List<String> violations() {
    List<String> all = new ArrayList<>(violations);
    meetings.stream().filter(each -> !each.isReported()).forEach(each -> all.add(each.toString()));
    return all;
  }
}
