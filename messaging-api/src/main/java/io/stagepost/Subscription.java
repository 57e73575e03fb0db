package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.internal.engine.Engine;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A running consumer of events. Every subscription (by name) gets every event of its channels;
 * instances of equal name share them. Thread-safe.
 */
public final class Subscription implements AutoCloseable {
  /** What a subscription is doing. */
  public enum State {
    /** It receives and handles. */
    RUNNING,
    /**
     * Too many tries failed for transient reasons (rule D12): it tries one event after another,
     * with pauses, until some succeed. Nothing uses up its attempts meanwhile.
     */
    PROBING,
    /** It takes nothing new; what it had taken goes on. */
    PAUSED,
    /** It has ended. */
    CLOSED
  }

  private static final Logger LOG = System.getLogger(Subscription.class.getName());

  private final String name;
  private final String description;
  private final Duration drain;
  private final @Nullable ExecutorService threads;
  private final Engine engine;
  private final Receiver receiver;
  private final Consumer<Subscription> onClosed;
  private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);

  Subscription(
      SubscriptionBuilder<?> built,
      Set<String> channels,
      Sender sender,
      InstantSource clock,
      ScheduledExecutorService scheduler,
      @Nullable Executor executor,
      Observers observers,
      Consumer<Subscription> onClosed) {
    this.onClosed = onClosed;
    Limits limits = built.limits;
    this.name = built.name;
    this.drain = limits.drain();
    this.description = describe(built, channels);
    this.threads = executor == null ? HandlerThreads.of(name, limits.concurrency()) : null;
    Executor handlers = executor == null ? requireNonNull(threads) : executor;
    ConsumeRoad road =
        new ConsumeRoad(
            name,
            built.messaging.transport(),
            sender,
            built.policy,
            built.registrations,
            built.inbox,
            clock,
            handlers);
    AtomicReference<@Nullable Receiver> fetching = new AtomicReference<>();
    this.engine =
        new Engine(
            new Engine.Bounds(
                limits.concurrency(),
                limits.inFlight(),
                limits.inFlightBytes(),
                limits.laneCapacity()),
            road::enter,
            handlers,
            scheduler,
            () -> {
              Receiver refused = fetching.get();
              if (refused != null) {
                refused.roomAvailable();
              }
            });
    this.receiver =
        built.messaging.transport().receive(new Reception(name, channels, drain), engine);
    fetching.set(receiver);
    receiver.roomAvailable(); // in case it was refused before it was known
  }

  /**
   * Its name: the consumer group.
   *
   * @return as given to {@link Messaging#subscribe(String)}
   */
  public String name() {
    return name;
  }

  /**
   * What it is doing.
   *
   * @return never null
   */
  public State state() {
    return requireNonNull(state.get());
  }

  /**
   * How many events it has received and not settled.
   *
   * @return at most the limit (rule D09)
   */
  public int inFlight() {
    return engine.inFlight();
  }

  /** Takes nothing new until {@link #resume()}; stays a member of its group. */
  public synchronized void pause() {
    if (state.compareAndSet(State.RUNNING, State.PAUSED)) {
      engine.pause();
      LOG.log(Level.INFO, "Subscription {0} paused", name);
    }
  }

  /** Goes on after {@link #pause()}. */
  public synchronized void resume() {
    if (state.compareAndSet(State.PAUSED, State.RUNNING)) {
      engine.resume();
      LOG.log(Level.INFO, "Subscription {0} resumed", name);
    }
  }

  /**
   * Ends it (rule D10): takes nothing new, waits for the running handlers up to the drain limit,
   * settles what has finished, and leaves the rest for redelivery. Idempotent.
   */
  @Override
  public void close() {
    if (state.getAndSet(State.CLOSED) == State.CLOSED) {
      return;
    }
    try {
      engine.close().get(drain.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException slow) {
      LOG.log(
          Level.WARNING,
          "Subscription {0}: handlers of {1} events did not end within {2}; they will be redelivered",
          name,
          engine.inFlight(),
          drain);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      receiver.close();
      if (threads != null) {
        threads.shutdown();
      }
      onClosed.accept(this);
      LOG.log(Level.INFO, "Subscription {0} closed", name);
    }
  }

  String describe() {
    return description;
  }

  private static String describe(ConsumeRoad.Registration<?> registration) {
    EventType<?> type = registration.type();
    String once =
        type.hasIdempotencyKey() ? ", once (inbox, by its idempotency key)" : ", once (inbox)";
    return "  handles "
        + type
        + " from "
        + type.channel()
        + (type.isKeyed() ? ", in order per key" : ", in any order")
        + (registration.once() ? once : "")
        + "\n";
  }

  private static String describe(SubscriptionBuilder<?> built, Set<String> channels) {
    Inbox<?> inbox = built.inbox;
    StringBuilder text = new StringBuilder();
    text.append("subscription ").append(built.name).append('\n');
    text.append("  road: ").append(ConsumeRoad.STEPS).append('\n');
    for (String channel : channels) {
      text.append("  channel ").append(channel).append('\n');
      text.append("    dead letters to ")
          .append(built.policy.deadLetterAddress(channel, built.name))
          .append('\n');
      text.append("    parking lot at  ")
          .append(built.policy.parkingLotAddress(channel, built.name))
          .append('\n');
    }
    built.registrations.values().forEach(registration -> text.append(describe(registration)));
    text.append("  inbox: ").append(inbox == null ? "none" : inbox).append('\n');
    text.append("  handlers run on: ").append(HandlerThreads.describe()).append('\n');
    built.policy.settings().forEach(setting -> text.append("  ").append(setting).append('\n'));
    built.limits.settings().forEach(setting -> text.append("  ").append(setting).append('\n'));
    return text.toString();
  }
}
