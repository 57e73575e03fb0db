package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.dlq.Consumers.Sight;
import io.stagepost.dlq.Replay.Report;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches what becomes of letters that were sent again: whether they come back, and, where that can
 * be known, whether they are handled. Not thread-safe.
 */
final class Canary {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Transport transport;
  private final Plan plan;
  private final Settings settings;
  private final StopSignal stop;
  private final Positions planned;
  private final boolean watches;
  private final Consumers consumers;

  /** By partition, from where on a letter may be one that came back: no clock is asked. */
  private final Map<String, String> looked;

  /** The events that died, by their ids. */
  private final Set<String> died = new HashSet<>();

  private long sent;
  private String verdict = "";

  Canary(Transport transport, Plan plan, Settings settings, StopSignal stop) {
    this.transport = transport;
    this.plan = plan;
    this.settings = settings;
    this.stop = stop;
    this.planned = Positions.read(plan.positions());
    this.watches = settings.canary() > 0 || settings.stopOnRefail();
    this.consumers = new Consumers(transport, plan.run());
    this.looked =
        watches ? new HashMap<>(transport.browser().ends(plan.address())) : new HashMap<>();
  }

  /** A letter is about to be sent again. */
  void sent(Letter letter, String destination) {
    sent++;
    if (watches) {
      consumers.sent(letter, destination);
    }
  }

  /** How many letters were to be sent again. */
  long sent() {
    return sent;
  }

  /** What was seen of the canary, in a sentence; empty if it was not watched. */
  String verdict() {
    return verdict;
  }

  /**
   * Waits as long as it takes to know what becomes of all that was sent, or until the run is to
   * stop.
   *
   * @param dispatch all that it sent is answered
   * @param isCanary whether those that were refused, or are not handled, count as those that die
   * @return how the run ends; null if it may go on
   */
  Report.@Nullable Outcome watch(Dispatch dispatch, boolean isCanary) {
    consumers.mark();
    long unsent = isCanary ? sent - dispatch.replayed() : 0;
    double most = settings.stopOnRefail() ? 0 : sent * (100 - settings.minSuccess()) / 100;
    long end = System.nanoTime() + settings.settle().toNanos();
    while (true) {
      boolean isLast = System.nanoTime() >= end;
      Sight sight = consumers.look();
      long back = cameBack(); // whoever has settled one that died has written its letter before
      dispatch.died(back);
      boolean isDone = consumers.tellSettled() && sight.waiting() == 0;
      if (back + unsent > most || isDone || isLast) {
        tell(unsent, back, sight);
        if (back + unsent > most) {
          return back == 0 ? Report.Outcome.NOT_HANDLED : Report.Outcome.CAME_BACK;
        }
        return isCanary && back + unsent + sight.waiting() > most
            ? Report.Outcome.NOT_HANDLED
            : null;
      }
      if (stop.await(LOOK)) {
        return null; // and the run ends as one that was stopped
      }
    }
  }

  private void tell(long unsent, long back, Sight sight) {
    String within = " within " + seconds(settings.settle());
    StringBuilder text = new StringBuilder();
    text.append(sent - unsent).append(" of ").append(sent).append(" were published, ");
    text.append(back == 0 ? "none" : back).append(" came back");
    if (sight.waiting() == 0) {
      text.append(
          consumers.tellSettled()
              ? ", and none is left to be handled"
              : within
                  + ". Nothing else was checked, since "
                  + transport.name()
                  + " does not tell whether they were handled");
    } else if (consumers.tellSettled()) {
      long handled = Math.max(0, sent - unsent - back - sight.waiting());
      text.append(handled == 0 ? ", none was handled" : ", " + handled + " were handled");
      text.append(within).append(": nobody consumes ").append(sight.where());
      text.append(", or it takes longer");
    } else {
      text.append(", ").append(sight.waiting()).append(" were not received").append(within);
      text.append(": nobody consumes ").append(sight.where());
    }
    verdict = text.append('.').toString();
  }

  private static String seconds(Duration time) {
    return time.toMillis() % 1_000 == 0
        ? time.toSeconds() + " s"
        : time.toMillis() / 1_000.0 + " s";
  }

  /** Whether a letter has come back by now. */
  boolean hasRefailed(Dispatch dispatch) {
    long back = cameBack();
    dispatch.died(back);
    return back > 0;
  }

  /** How many letters lie at the address that this run had sent. */
  private long cameBack() {
    transport
        .browser()
        .ends(plan.address())
        .keySet()
        .forEach(each -> looked.putIfAbsent(each, "0"));
    looked.replaceAll(this::look);
    return died.size();
  }

  /** Looks at what is new in a partition; says from where to look the next time. */
  private String look(String partition, String from) {
    long[] next = {Long.parseLong(from)};
    Letters.on(transport)
        .read(
            Browser.Selection.of(plan.address()).from(partition, from),
            Filter.all(),
            letter -> {
              next[0] = Positions.position(letter.at()) + 1;
              if (!planned.contains(letter.at()) && isOfThisRun(letter)) {
                died.add(letter.event() == null ? letter.id() : letter.event().getId());
              }
              return true;
            });
    return Long.toString(next[0]);
  }

  /** By the run's own mark, or, where whoever wrote the letter has dropped it, by its replays. */
  private boolean isOfThisRun(Letter letter) {
    byte[] run = letter.message().header(Outgoing.RUN);
    return run == null ? letter.replays() > 0 : Arrays.equals(run, plan.run().getBytes(UTF_8));
  }
}
