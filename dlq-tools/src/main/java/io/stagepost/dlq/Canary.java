package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.dlq.Replay.Settings;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Watches what becomes of letters that were sent again: whether they come back. */
final class Canary {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final int LETTERS_ASKED = 100;
  private static final Duration SKEW = Duration.ofSeconds(60);

  private final Transport transport;
  private final Plan plan;
  private final Settings settings;
  private final StopSignal stop;
  private final Positions planned;
  private final Instant begun = Instant.now();

  /** What lay there already when the run began, of what is no older than clocks may differ. */
  private final Positions before = new Positions();

  private @Nullable Set<String> subscriptions;

  Canary(Transport transport, Plan plan, Settings settings, StopSignal stop) {
    this.transport = transport;
    this.plan = plan;
    this.settings = settings;
    this.stop = stop;
    this.planned = Positions.read(plan.positions());
    if (settings.canary() > 0 || settings.stopOnRefail()) {
      readNew(letter -> before.add(letter.at()));
    }
  }

  /**
   * Waits as long as it takes to know, or until the run is to stop; whether enough of them live.
   */
  boolean lives(Dispatch dispatch) {
    long end = System.nanoTime() + settings.settle().toNanos();
    do {
      boolean handled = isHandled();
      long died = cameBack();
      dispatch.died(died);
      long allowed = (long) (dispatch.sent() * (100 - settings.minSuccess()) / 100);
      if (died > (settings.stopOnRefail() ? 0 : allowed)) {
        return false;
      }
      if (handled) {
        return true;
      }
    } while (!stop.await(LOOK) && System.nanoTime() < end);
    return true;
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
    Set<String> died = new HashSet<>();
    readNew(
        letter -> {
          if (!planned.contains(letter.at())
              && !before.contains(letter.at())
              && isOfThisRun(letter)) {
            died.add(letter.event() == null ? letter.id() : letter.event().getId());
          }
        });
    return died.size();
  }

  private void readNew(Consumer<Letter> visitor) {
    Letters.on(transport)
        .read(
            Browser.Selection.of(plan.address()).since(begun.minus(SKEW)),
            Filter.all(),
            letter -> {
              visitor.accept(letter);
              return true;
            });
  }

  /** By the run's own mark, or, where whoever wrote the letter has dropped it, by its replays. */
  private boolean isOfThisRun(Letter letter) {
    byte[] run = letter.message().header(Outgoing.RUN);
    if (run != null) {
      return Arrays.equals(run, plan.run().getBytes(UTF_8));
    }
    Instant last = letter.failure().lastFailure();
    return letter.message().header(FailureHeaders.REPLAYS) != null
        && last != null
        && !last.isBefore(begun.minus(SKEW));
  }
}
