package io.stagepost;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the broker last said of a subscription's backlog, for {@link Subscription#health()}, which
 * must not wait for a broker: who looks gets what is known, and if that is old it is asked for
 * again on a thread of its own, for whoever looks next. Where nobody looks nobody asks.
 * Thread-safe.
 */
final class LagWatch {
  private static final Logger LOG = System.getLogger(LagWatch.class.getName());

  private final String subscription;
  private final Supplier<List<Backlog>> broker;
  private final InstantSource clock;
  private final LongSupplier ticker;
  private final Executor background;
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile Health.@Nullable Lag known;

  // written by whoever asks, which is one at a time
  private volatile boolean asked;
  private volatile long askedAt;
  private boolean failing;
  private volatile boolean closed;

  LagWatch(
      String subscription,
      Supplier<List<Backlog>> broker,
      InstantSource clock,
      LongSupplier ticker,
      Executor background) {
    this.subscription = subscription;
    this.broker = broker;
    this.clock = clock;
    this.ticker = ticker;
    this.background = background;
  }

  /** Threads for asking, each for one question. */
  static Executor threads(String subscription) {
    return question -> {
      Thread thread = new Thread(question, "stagepost-lag-" + subscription);
      thread.setDaemon(true);
      thread.start();
    };
  }

  /** What is known; null before the first answer. */
  Health.@Nullable Lag look() {
    if (isOld() && !closed && !asking.getAndSet(true)) {
      if (isOld()) { // else another look was answered in between
        background.execute(this::ask);
      } else {
        asking.set(false);
      }
    }
    return known;
  }

  private boolean isOld() {
    return !asked || ticker.getAsLong() - askedAt > Defaults.LAG_FRESH.toNanos();
  }

  private void ask() {
    try {
      List<Backlog> all = broker.get();
      known =
          new Health.Lag(
              all.stream().mapToLong(Backlog::messages).sum(),
              all.stream()
                  .map(Backlog::oldest)
                  .filter(Objects::nonNull)
                  .min(Comparator.naturalOrder())
                  .orElse(null),
              clock.instant());
      failing = false;
    } catch (RuntimeException failure) {
      Instant last = known == null ? null : known.asOf();
      LOG.log(
          failing || closed ? Level.DEBUG : Level.WARNING,
          () ->
              "Subscription "
                  + subscription
                  + ": its lag is not known"
                  + (last == null ? "" : " since " + last)
                  + ", and will be asked for again",
          failure);
      failing = true;
    } finally {
      askedAt = ticker.getAsLong();
      asked = true;
      asking.set(false);
    }
  }

  /** Asks no more. */
  void close() {
    closed = true;
  }
}
