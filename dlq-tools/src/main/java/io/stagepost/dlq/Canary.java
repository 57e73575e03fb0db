package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Watches what becomes of letters that were sent again: whether they come back. */
final class Canary {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final int LETTERS_ASKED = 100;

  private final Transport transport;
  private final Plan plan;
  private final Settings settings;
  private final StopSignal stop;
  private final Positions planned;

  /** By partition, from where on a letter may be one that came back: no clock is asked. */
  private final Map<String, String> looked;

  /** The events that died, by their ids. */
  private final Set<String> died = new HashSet<>();

  private @Nullable Set<String> subscriptions;

  Canary(Transport transport, Plan plan, Settings settings, StopSignal stop) {
    this.transport = transport;
    this.plan = plan;
    this.settings = settings;
    this.stop = stop;
    this.planned = Positions.read(plan.positions());
    boolean watches = settings.canary() > 0 || settings.stopOnRefail();
    this.looked =
        watches ? new HashMap<>(transport.browser().ends(plan.address())) : new HashMap<>();
  }

  /**
   * Waits as long as it takes to know, or until the run is to stop; whether enough of them live.
   */
  boolean lives(Dispatch dispatch) {
    long end = System.nanoTime() + settings.settle().toNanos();
    do {
      boolean handled = isHandled();
      long back = cameBack();
      dispatch.died(back);
      long allowed = (long) (dispatch.sent() * (100 - settings.minSuccess()) / 100);
      if (back > (settings.stopOnRefail() ? 0 : allowed)) {
        return false;
      }
      if (handled) {
        return true;
      }
    } while (!stop.await(LOOK) && System.nanoTime() < end);
    return true;
  }

  /** Whether a letter has come back by now. */
  boolean hasRefailed(Dispatch dispatch) {
    long back = cameBack();
    dispatch.died(back);
    return back > 0;
  }

  /** Whether those that receive what was sent have settled all of it, where that can be known. */
  private boolean isHandled() {
    if (!transport.capabilities().has(Capability.LAG)) {
      return false;
    }
    Set<String> names = subscriptions();
    return !names.isEmpty()
        && names.stream()
            .allMatch(
                name ->
                    transport.topology().lag(name, plan.destinations().keySet()).values().stream()
                        .allMatch(lag -> lag == 0));
  }

  /** Who gave up the first letters of the address. */
  private Set<String> subscriptions() {
    Set<String> found = subscriptions;
    if (found == null) {
      Set<String> names = new HashSet<>();
      Letters.on(transport)
          .read(
              Browser.Selection.of(plan.address()).limit(LETTERS_ASKED),
              Filter.all(),
              letter -> {
                String name = letter.failure().subscription();
                if (name != null) {
                  names.add(name);
                }
                return true;
              });
      found = names;
      subscriptions = found;
    }
    return found;
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
    return run == null
        ? letter.failure().replays() > 0
        : Arrays.equals(run, plan.run().getBytes(UTF_8));
  }
}
