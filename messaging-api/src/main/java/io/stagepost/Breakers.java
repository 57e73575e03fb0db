package io.stagepost;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses are given a rest, since publishing there kept failing. Thread-safe; costs a check
 * while none fails.
 *
 * <pre>
 *               N failures in a row                the rest is over
 *   (healthy) ──────────────────────▶ (resting) ──────────────────────▶ (one publish probes)
 *       ▲                                 ▲                                │          │
 *       │                                 └────────────── it fails ────────┘          │
 *       └──────────────────────────── any publish succeeds ───────────────────────────┘
 * </pre>
 */
final class Breakers {
  /** What a publish may do. */
  enum Pass {
    FREELY,
    AS_PROBE,
    NOT
  }

  /**
   * What is known of an address whose last publish failed.
   *
   * @param failures how many in a row
   * @param resting false while it is still tried
   * @param restUntil when its rest is over, by the ticker
   * @param probing whether a probe is under way
   */
  private record State(int failures, boolean resting, long restUntil, boolean probing) {}

  private static final Logger LOG = System.getLogger(Messaging.class.getName());

  /** So many failing addresses are told apart; more than a program can mean. */
  private static final int MOST = 1_000;

  private final int after;
  private final Duration rest;
  private final LongSupplier ticker;
  private final Map<String, State> failing = new ConcurrentHashMap<>();

  Breakers(int after, Duration rest, LongSupplier ticker) {
    this.after = after;
    this.rest = rest;
    this.ticker = ticker;
  }

  /** Whether a publish may try. A probe must be answered for: by one of the three below. */
  Pass pass(String address) {
    while (!failing.isEmpty()) {
      State state = failing.get(address);
      if (state == null || !state.resting) {
        return Pass.FREELY;
      }
      if (state.probing || ticker.getAsLong() - state.restUntil < 0) {
        return Pass.NOT;
      }
      if (failing.replace(address, state, new State(state.failures, true, state.restUntil, true))) {
        return Pass.AS_PROBE;
      }
    }
    return Pass.FREELY;
  }

  /** A publish was confirmed. */
  void succeeded(String address) {
    if (failing.isEmpty()) {
      return;
    }
    State before = failing.remove(address);
    if (before != null && before.resting) {
      LOG.log(Level.INFO, "Publishing to {0} works again.", address);
    }
  }

  /** A publish failed, and not by its message's fault. */
  void failed(String address, Pass pass, Throwable failure) {
    if (failing.size() >= MOST) {
      forgetSome();
    }
    @Nullable State before;
    State now;
    do {
      before = failing.get(address);
      boolean rests = before != null && before.resting;
      if (rests && pass != Pass.AS_PROBE) {
        return; // it was sent before the rest began
      }
      int failures = before == null ? 1 : Math.min(before.failures, after) + 1;
      boolean resting = rests || failures >= after;
      now = new State(failures, resting, resting ? ticker.getAsLong() + rest.toNanos() : 0, false);
    } while (before == null
        ? failing.putIfAbsent(address, now) != null
        : !failing.replace(address, before, now));
    if (now.resting && (before == null || !before.resting)) {
      LOG.log(
          Level.WARNING,
          "SP-API-019 Publishing to "
              + address
              + " failed "
              + now.failures
              + " times in a row; until it works again it is refused there for "
              + rest
              + " at a time, then tried with one. The last failure is attached.",
          failure);
    }
  }

  /** A probe came to no answer: it was not sent, or it failed by its message's fault. */
  void gaveUp(String address, Pass pass) {
    if (pass == Pass.AS_PROBE) {
      failing.computeIfPresent(
          address,
          (name, state) -> new State(state.failures, state.resting, state.restUntil, false));
    }
  }

  /** The addresses that rest. */
  Set<String> broken() {
    return failing.entrySet().stream()
        .filter(entry -> entry.getValue().resting)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Those that failed now and then, or rest no more. */
  private void forgetSome() {
    long now = ticker.getAsLong();
    failing
        .values()
        .removeIf(state -> !state.probing && (!state.resting || state.restUntil - now < 0));
  }
}
