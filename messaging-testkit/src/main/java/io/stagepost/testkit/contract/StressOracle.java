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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

    /** When, by {@link System#nanoTime()}. */
    private long crashedAt;

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
   * How long the news may take that an assignment was lost: until the client has noticed, on a
   * machine that is busy.
   */
  private static final long NEWS = TimeUnit.SECONDS.toNanos(10);

  /** How long a handler may take to be called that was started just before the news. */
  private static final long CALL = TimeUnit.SECONDS.toNanos(1);

  /**
   * A handler's run.
   *
   * @param lostAt when the transport told that the run's assignment was lost, by {@link
   *     System#nanoTime()}; null if it did not, so far
   */
  record Run(Member member, Step step, Supplier<@Nullable Long> lostAt) {}

  /** Two runs of a key at once, of members that live. */
  private record Meeting(Run later, Run earlier, long at) {
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
  private final Map<String, Set<Run>> running = new HashMap<>();
  private final Map<String, Integer> started = new HashMap<>();
  private final Map<Step, Integer> starts = new HashMap<>();
  private final Set<String> ended = new HashSet<>();
  private final List<String> violations = new ArrayList<>();
  private final List<Meeting> meetings = new ArrayList<>();
  private final List<Long> losses = new ArrayList<>();
  private int excused;

  /**
   * An oracle that has seen nothing.
   *
   * @param ordered whether first starts must follow the order of publication
   * @param exclusive whether runs of a key must never meet while their assignments are held
   */
  StressOracle(boolean ordered, boolean exclusive) {
    this.ordered = ordered;
    this.exclusive = exclusive;
  }

  /** A run begins. */
  synchronized Run begins(Member member, Step step, Supplier<@Nullable Long> lostAt) {
    Run run = new Run(member, step, lostAt);
    if (member.dead) {
      return run;
    }
    Long told = lostAt.get();
    if (told != null && System.nanoTime() - told > CALL) {
      violations.add(step + " starts at " + member + ", which had been told that it is lost");
    }
    member.running++;
    if (member.running > member.concurrency) {
      violations.add(member + " runs " + member.running + " handlers at once");
    }
    Set<Run> ofKey = running.computeIfAbsent(step.key(), k -> new HashSet<>());
    for (Run other : ofKey) {
      if (member.dying || other.member.dying) {
        excused++;
      } else if (exclusive) {
        meetings.add(new Meeting(run, other, System.nanoTime()));
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

  /** Assignments are about to be lost. */
  synchronized void losing() {
    losses.add(System.nanoTime());
  }

  /**
   * Whether the assignment of one of both was lost when they met: only so may they (rule D04). The
   * news may have come after that, when a run had ended already, but not long after a loss that was
   * inflicted before; and to who crashed meanwhile it never came.
   */
  private boolean isExcused(Meeting meeting) {
    return wasLost(meeting.later, meeting.at) || wasLost(meeting.earlier, meeting.at);
  }

  private boolean wasLost(Run run, long at) {
    Long told = run.lostAt.get();
    if (told != null && told - at <= 0) {
      return true;
    }
    if (told == null && (!run.member.dying || run.member.crashedAt - at < 0)) {
      return false;
    }
    long known = told == null ? run.member.crashedAt : told;
    return losses.stream().anyMatch(loss -> at - loss >= 0 && known - loss < NEWS);
  }

  /** How often an event was started, by those who count. */
  synchronized int starts(Step step) {
    return starts.getOrDefault(step, 0);
  }

  /** Whether the event was started once, and by a member that counts. */
  synchronized boolean isFirst(Run run) {
    return !run.member.dead && starts(run.step) <= 1;
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
    member.crashedAt = System.nanoTime();
  }

  /** What it was doing is forgotten. */
  synchronized void dead(Member member) {
    member.dead = true;
    running.values().forEach(runs -> runs.removeIf(run -> run.member == member));
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

  /** How often runs of a key have met that may: one was dying, or its assignment was lost. */
  synchronized long excusedMeetings() {
    return excused + meetings.stream().filter(this::isExcused).count();
  }

  synchronized int started() {
    return starts.values().stream().mapToInt(Integer::intValue).sum();
  }

  synchronized List<String> violations() {
    List<String> all = new ArrayList<>(violations);
    meetings.stream().filter(each -> !isExcused(each)).forEach(each -> all.add(each.toString()));
    return all;
  }
}
