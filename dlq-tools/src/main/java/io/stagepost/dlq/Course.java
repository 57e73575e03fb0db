package io.stagepost.dlq;

import io.stagepost.dlq.Entry.Kind;
import io.stagepost.dlq.Replay.Progress;
import io.stagepost.dlq.Replay.Report;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The way of a run through the address of its plan, from its beginning: what is to be sent in
 * another order goes last. Used once; not thread-safe.
 */
final class Course {
  /** So long letters are sent between two looks whether one came back. */
  private static final long LOOK_NANOS = Duration.ofSeconds(5).toNanos();

  /** How many letters are held in memory at most that lie in another order than they are sent. */
  private static final int HELD = 100;

  private final Letters letters;
  private final Plan plan;
  private final Settings settings;
  private final StopSignal stop;
  private final Claim claim;
  private final Dispatch dispatch;
  private final Outgoing outgoing;
  private final Positions left;
  private final Positions parked;
  private final Canary canary;
  private final Drift drift;
  private Report.@Nullable Outcome stopped;

  /** Whether the canary was. */
  private boolean watched;

  private long looked = System.nanoTime();

  /**
   * The way of a run.
   *
   * @param claim holds the address for it
   * @param left what nothing has become of; the run takes out what it deals with
   */
  Course(
      Transport transport,
      Plan plan,
      Settings settings,
      StopSignal stop,
      Claim claim,
      Dispatch dispatch,
      Outgoing outgoing,
      Positions left) {
    this.letters = Letters.on(transport);
    this.plan = plan;
    this.settings = settings;
    this.stop = stop;
    this.claim = claim;
    this.dispatch = dispatch;
    this.outgoing = outgoing;
    this.left = left;
    this.parked = Positions.read(plan.parked());
    this.canary = new Canary(transport, plan, settings, stop);
    this.drift = new Drift(plan, left);
  }

  Report run() {
    try {
      drift.lookAhead(letters);
      if (!hasDrifted()) {
        sendAll();
      }
    } catch (RuntimeException broken) {
      try {
        dispatch.drain(); // what was confirmed is noted all the same
      } catch (RuntimeException brokenToo) {
        broken.addSuppressed(brokenToo);
      }
      throw broken;
    }
    dispatch.drain();
    boolean isAllCanary = canary.sent() > 0 && !watched && settings.canary() > 0;
    if (stopped == null && (settings.stopOnRefail() || isAllCanary)) {
      stopped = canary.watch(dispatch, isAllCanary);
    }
    if (stopped == null) {
      drift.gone(left); // nothing came of these
    }
    return new Report(
        outcome(),
        dispatch.progress(),
        dispatch.failures(),
        drift.letters(),
        Stream.of(canary.verdict(), drift.toString()).filter(text -> !text.isEmpty()).toList());
  }

  /** Whether the run ends here, since letters of the plan are gone, or are others. */
  private boolean hasDrifted() {
    if (drift.letters() > 0 && !settings.allowDrift()) {
      stopped = Report.Outcome.DRIFTED;
    }
    return stopped != null;
  }

  private void sendAll() {
    Positions first = left.without(plan.reordered());
    letters.read(
        plan.address(),
        Filter.all(),
        letter -> {
          if (first.size() == 0) {
            return false;
          }
          drift.passed(first, letter);
          boolean isMeant = first.remove(letter.at());
          return !hasDrifted() && (!isMeant || send(letter));
        });
    if (stopped == null) {
      drift.gone(first);
      if (!hasDrifted()) {
        sendReordered();
      }
    }
  }

  /** Sends a letter; false if the run ends here. */
  private boolean send(Letter letter) {
    if (mustStop()) {
      return false;
    }
    if (!drift.isFrozen(letter)) {
      return !hasDrifted();
    }
    Kind kind = parked.contains(letter.at()) ? Kind.PARKED : plan.terms().action().kind();
    Message message = outgoing.of(letter, kind, plan.run());
    if (kind == Kind.REPLAYED && message != null) {
      canary.sent(letter, message.address());
    }
    if (!dispatch.send(letter, kind, message)) {
      stopped = Report.Outcome.INTERRUPTED;
      return false;
    }
    left.remove(letter.at());
    if (settings.canary() > 0 && !watched && canary.sent() >= settings.canary()) {
      watched = true;
      dispatch.drain();
      stopped = canary.watch(dispatch, true);
    }
    if (settings.stopOnRefail() && System.nanoTime() - looked > LOOK_NANOS) {
      boolean refailed = canary.hasRefailed(dispatch);
      looked = System.nanoTime();
      if (refailed) {
        stopped = Report.Outcome.CAME_BACK;
      }
    }
    return stopped == null;
  }

  /** Sends what does not lie in the order in which it is to be sent: some at a time are held. */
  private void sendReordered() {
    for (int from = 0; from < plan.reordered().size() && stopped == null; from += HELD) {
      List<String> ids =
          plan.reordered().subList(from, Math.min(from + HELD, plan.reordered().size()));
      Map<String, Letter> found = new HashMap<>();
      letters.read(
          plan.address(),
          Filter.all().ids(Set.copyOf(ids)),
          letter -> {
            if (left.contains(letter.at())) {
              found.put(letter.id(), letter);
            }
            return found.size() < ids.size();
          });
      Positions missing = left.only(ids);
      found.values().forEach(letter -> missing.remove(letter.at()));
      drift.gone(missing);
      if (hasDrifted()) {
        return; // those behind them wait
      }
      for (String id : ids) {
        @Nullable Letter letter = found.get(id);
        if (letter != null && !send(letter)) {
          return;
        }
      }
    }
  }

  private boolean mustStop() {
    Kind request = claim.request();
    if (request == Kind.PAUSE) {
      dispatch.drain();
      claim.awaitResume();
      request = claim.request();
    }
    if (stop.isGiven()) {
      stopped = Report.Outcome.INTERRUPTED;
    } else if (request == Kind.CANCEL) {
      stopped = Report.Outcome.CANCELLED;
    } else if (dispatch.isHopeless()) {
      stopped = Report.Outcome.REFUSED;
    }
    return stopped != null;
  }

  private Report.Outcome outcome() {
    if (stopped != null) {
      return stopped;
    }
    if (drift.letters() > 0) {
      return Report.Outcome.DRIFTED;
    }
    Progress progress = dispatch.progress();
    long failed = progress.refused() + progress.unknown();
    if (failed == 0) {
      return Report.Outcome.DONE;
    }
    return progress.refused() == progress.planned()
        ? Report.Outcome.REFUSED
        : Report.Outcome.INCOMPLETE;
  }
}
