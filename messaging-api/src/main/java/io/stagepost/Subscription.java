package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.EventType.Priority;
import io.stagepost.Health.Pressure;
import io.stagepost.Policy.Degradation;
import io.stagepost.internal.engine.Engine;
import io.stagepost.internal.engine.RetryBudget;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    /**
     * It may not receive: the broker refuses its credentials, or denies it what it reads. {@link
     * Health.Consuming#obstacle()} says why. It tries again by itself, slowly.
     */
    BLOCKED,
    /** It takes nothing new; what it had taken goes on. */
    PAUSED,
    /** It has ended. */
    CLOSED
  }

  private static final Logger LOG = System.getLogger(Subscription.class.getName());

  private final String name;
  private final Set<String> channels;
  private final TopologyAdmin topology;
  private final @Nullable LagWatch lagWatch;
  private final String description;
  private final List<String> warnings;
  private final Rules rules;
  private final Duration drain;
  private final Sender sender;
  private final InstantSource clock;
  private final Observers observers;
  private final @Nullable Diversions diversions;
  private final @Nullable ExecutorService threads;
  private final RetryBudget budget;
  private final Batches batches;
  private final Engine engine;
  private final LongSupplier ticker;
  private final Receiver receiver;
  private final @Nullable Delays delays;
  private final @Nullable InboxKeeper inboxKeeper;
  private final Set<String> delayAddresses;
  private final Consumer<Subscription> onClosed;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** By the program. The operator's overlay may pause it too. */
  private volatile boolean paused;

  /** Why it may not receive. */
  private volatile @Nullable String obstacle;

  /** Open until a close has drained and left the transport. */
  private final CountDownLatch ended = new CountDownLatch(1);

  Subscription(
      SubscriptionBuilder<?> built,
      Map<String, Priority> priorities,
      List<String> warnings,
      Surroundings around,
      Consumer<Subscription> onClosed) {
    Limits limits = built.limits;
    Transport transport = built.messaging.transport();
    this.name = built.name;
    this.channels = priorities.keySet();
    this.topology = transport.topology();
    Policy policy = built.policy;
    this.rules = new Rules(built, around.overlay());
    this.drain = limits.drain();
    this.warnings = List.copyOf(warnings);
    this.description = describe(built, priorities);
    this.sender = around.sender();
    this.clock = around.clock();
    this.ticker = around.ticker();
    this.lagWatch =
        transport.capabilities().has(Capability.LAG)
            ? new LagWatch(name, this::backlog, clock, ticker, LagWatch.threads(name))
            : null;
    this.observers = around.observers();
    this.onClosed = onClosed;
    this.threads = around.executor() == null ? HandlerThreads.of(name, limits) : null;
    Executor handlers = around.executor() == null ? requireNonNull(threads) : around.executor();
    this.diversions =
        policy.successors() == Policy.Successors.DIVERT
            ? new Diversions(name, channels, policy, transport.browser(), ticker)
            : null;
    this.budget =
        new RetryBudget(
            new RetryBudget.Rules(
                limits.retryBudget().share(),
                limits.retryBudget().atLeast(),
                Defaults.RETRY_WINDOW,
                attempt -> rules.policy().retry().bound(attempt)),
            ticker,
            this::probes);
    AtomicReference<@Nullable Engine> running = new AtomicReference<>();
    this.batches =
        new Batches(budget, job -> requireNonNull(running.get()).execute(job), around.scheduler());
    ConsumeRoad road =
        new ConsumeRoad(
            built,
            rules,
            around,
            handlers,
            budget,
            new Watchdog(() -> runs(requireNonNull(running.get())), around.scheduler(), ticker),
            diversions,
            batches);
    List<Runnable> onRoom = new CopyOnWriteArrayList<>();
    this.engine =
        new Engine(
            new Engine.Bounds(
                limits.concurrency(),
                limits.inFlight(),
                limits.inFlightBytes(),
                limits.laneCapacity(),
                built.turn(),
                rules.limits().rate(),
                weights(priorities)),
            budget,
            road::enter,
            handlers,
            around.scheduler(),
            ticker,
            () -> onRoom.forEach(Runnable::run));
    running.set(engine);
    if (rules.isPaused()) {
      engine.pause();
    }
    Intake intake = intake();
    Map<String, String> deferred = deferred(policy, name, channels);
    this.delayAddresses = deferred.keySet();
    this.delays = deferred.isEmpty() ? null : new Delays(intake, deferred, limits, around);
    if (delays != null) {
      onRoom.add(delays::roomAvailable); // before the receiver: what was deferred is older
    }
    this.receiver = transport.receive(new Reception(name, channels, drain), intake);
    onRoom.add(receiver::roomAvailable);
    receiver.roomAvailable(); // in case it was refused before it was known
    if (delays != null) {
      try {
        delays.start(transport, name, drain);
      } catch (RuntimeException unusable) {
        receiver.close();
        throw unusable;
      }
    }
    InboxKeeper.Keeping keeping =
        built.inbox != null
            ? built.inbox::housekeep
            : built.dedup != null ? built.dedup::housekeep : null;
    this.inboxKeeper =
        keeping == null ? null : new InboxKeeper(name, keeping, handlers, around.scheduler());
    if (inboxKeeper != null) {
      inboxKeeper.start();
    }
  }

  /** Which channel is deferred to which delay address; none if the policy does not defer. */
  static Map<String, String> deferred(Policy policy, String name, Set<String> channels) {
    Map<String, String> deferred = new LinkedHashMap<>();
    if (policy.defer().isPresent()) {
      channels.forEach(
          channel -> deferred.putIfAbsent(policy.delayAddress(channel, name), channel));
    }
    return Collections.unmodifiableMap(deferred);
  }

  /** What a subscription shares with the others of its messaging. */
  record Surroundings(
      Sender sender,
      InstantSource clock,
      LongSupplier ticker,
      ScheduledExecutorService scheduler,
      @Nullable Executor executor,
      Observers observers,
      Supplier<Overlay.Instructions> overlay) {}

  /** The engine, and beside it the observers and the batches. */
  private Intake intake() {
    return new Intake() {
      @Override
      public int offer(List<? extends Delivery> deliveries) {
        int taken = engine.offer(deliveries);
        if (observers.any()) {
          deliveries.subList(0, taken).forEach(delivery -> observers.received(name, delivery));
        }
        return taken;
      }

      @Override
      public boolean hasRoom() {
        return engine.hasRoom();
      }

      @Override
      public CompletableFuture<Void> release(Collection<Assignment> assignments) {
        CompletableFuture<Void> ended = engine.release(assignments);
        batches.flush(); // what is gathered would be waited for until its batch is old enough
        return ended;
      }

      @Override
      public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
        CompletableFuture<Void> ended = engine.lose(assignments);
        batches.flush();
        return ended;
      }

      @Override
      public void blocked(@Nullable String reason) {
        State before = state();
        obstacle = reason;
        if (state() != before || before == State.BLOCKED) {
          changed(before, state());
        }
      }
    };
  }

  private static Stream<Watchdog.Run> runs(Engine engine) {
    return engine.begun().stream()
        .map(Journey.class::cast)
        .flatMap(
            journey -> {
              Context run = journey.run();
              return run == null ? Stream.empty() : Stream.of(new Watchdog.Run(run, journey));
            });
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
    if (closed.get()) {
      return State.CLOSED;
    }
    if (paused || rules.isPaused()) {
      return State.PAUSED;
    }
    return obstacle != null ? State.BLOCKED : budget.isProbing() ? State.PROBING : State.RUNNING;
  }

  /**
   * How it fares. Waits for nobody, so it is cheap; its lag is what the broker said last.
   *
   * @return a moment's picture
   */
  public Health.Consuming health() {
    Engine.Load load = engine.load();
    // One for all of a batch.
    List<Context> runs = runs(engine).map(Watchdog.Run::context).distinct().toList();
    int overdue = (int) runs.stream().filter(Context::isOverdue).count();
    long now = ticker.getAsLong();
    long oldest = runs.stream().mapToLong(run -> now - run.started()).max().orElse(0);
    State doing = state();
    Pressure pressure = Pressure.of(load.share());
    if (doing == State.PROBING
        || doing == State.BLOCKED
        || overdue > 0
        || Pressure.of(load.laneShare()) != Pressure.OK) {
      pressure = pressure.or(Pressure.PRESSED);
    }
    return new Health.Consuming(
        name,
        doing,
        obstacle,
        pressure,
        load.inFlight(),
        load.bytes(),
        load.waiting() + (delays == null ? 0 : delays.count()),
        overdue,
        Duration.ofNanos(oldest),
        lagWatch == null ? null : lagWatch.look());
  }

  /**
   * How many events it has received and not settled.
   *
   * @return at most the limit (rule D09)
   */
  public int inFlight() {
    return engine.load().inFlight();
  }

  /**
   * How many events of each channel its group has not settled yet; and, if it defers, how many of
   * each delay address. Asks the broker, so it blocks.
   *
   * @return the lag per channel and delay address
   */
  public Map<String, Long> lag() {
    Map<String, Long> lag = new LinkedHashMap<>(topology.lag(name, channels));
    if (delays != null) {
      lag.putAll(topology.lag(Delays.group(name), delayAddresses));
    }
    return lag;
  }

  /**
   * What its group has not settled yet, partition by partition, and how old that is. Asks the
   * broker, so it blocks; {@link #health()} does not.
   *
   * @return one for each partition of its channels
   */
  public List<Backlog> backlog() {
    return topology.backlog(name, channels);
  }

  /**
   * Takes nothing new until {@link #resume()}, deferred events that fall due included; stays a
   * member of its group.
   */
  public void pause() {
    change(() -> paused = true);
  }

  /** Goes on after {@link #pause()}, unless the operator's overlay pauses it too. */
  public void resume() {
    change(() -> paused = false);
  }

  /** Goes by what the operator's overlay says now. */
  void overlaid() {
    change(
        () -> {
          double before = rules.limits().rate();
          rules.renew();
          double now = rules.limits().rate();
          if (now != before) {
            engine.rate(now);
          }
        });
  }

  /** Throws what is wrong with an overlay, for this subscription. */
  void check(Overlay overlay) {
    rules.check(overlay.of(name));
  }

  private void change(Runnable what) {
    State before;
    State after;
    synchronized (this) {
      before = state();
      what.run();
      after = state();
      if (after == State.CLOSED) {
        return;
      }
      if (after == State.PAUSED) {
        engine.pause();
      } else if (before == State.PAUSED) {
        engine.resume();
      }
    }
    if (before != after) {
      changed(before, after);
    }
  }

  /**
   * Handles a key's later events again, after a dead letter of it has diverted them to the parking
   * lot ({@link Policy.Successors#DIVERT}). Members of the same name learn of it within seconds, or
   * when they take the key over.
   *
   * @param channel the channel whose events were diverted
   * @param key the ordering key
   * @return completes once that is durably known, or fails as a publish does
   * @throws MessagingException {@code SP-API-022} if this subscription does not divert
   */
  public CompletableFuture<Void> release(String channel, String key) {
    Diversions diverting = diversions;
    if (diverting == null) {
      throw new MessagingException(
          "SP-API-022",
          "Subscription "
              + name
              + " diverts no keys, so it cannot release "
              + key
              + "; it would with Policy.successors(DIVERT).");
    }
    byte[] bytes = key.getBytes(UTF_8);
    String address = rules.policy().deadLetterAddress(channel, name);
    return sender
        .send(DeadLetters.release(address, bytes, name, channel, clock.instant()))
        .thenAccept(
            receipt -> {
              diverting.remove(channel, bytes);
              LOG.log(Level.INFO, "Subscription {0}: key {1} of {2} released", name, key, channel);
            });
  }

  private void probes(boolean probing) {
    State now = state();
    if (now == State.RUNNING || now == State.PROBING) {
      changed(probing ? State.RUNNING : State.PROBING, probing ? State.PROBING : State.RUNNING);
    }
  }

  private String degradation() {
    Degradation fate = rules.policy().degradation();
    return fate == Degradation.WAIT ? "" : "; what fails meanwhile does not wait: " + fate;
  }

  private void changed(State from, State to) {
    LOG.log(
        switch (to) {
          case BLOCKED -> Level.ERROR;
          case PROBING -> Level.WARNING;
          case RUNNING, PAUSED, CLOSED -> Level.INFO;
        },
        "Subscription {0}: {1}, was {2}{3}",
        name,
        to,
        from,
        switch (to) {
          case BLOCKED -> ": " + obstacle;
          case PROBING ->
              "; its handlers fail for transient reasons, mend what they call" + degradation();
          case RUNNING, PAUSED, CLOSED -> "";
        });
    if (from != to) {
      observers.stateChanged(name, from, to);
    }
  }

  /**
   * Ends it (rule D10): takes nothing new, waits for the running handlers up to the drain limit,
   * settles what has finished, and leaves the rest for redelivery. Idempotent: a second call waits
   * for the first, unless a handler calls it. A handler that makes the first call waits for itself,
   * up to the drain limit: let another thread do it.
   */
  @Override
  public void close() {
    State before = state();
    if (closed.getAndSet(true)) {
      awaitEnd();
      return;
    }
    if (lagWatch != null) {
      lagWatch.close();
    }
    if (inboxKeeper != null) {
      inboxKeeper.close();
    }
    try {
      CompletableFuture<Void> drained = engine.close();
      batches.close();
      drained.get(Context.nanos(drain), TimeUnit.NANOSECONDS);
    } catch (TimeoutException slow) {
      LOG.log(
          Level.WARNING,
          "Subscription {0}: handlers of {1} events did not end within {2}; they will be redelivered",
          name,
          engine.load().inFlight(),
          drain);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      try {
        receiver.close();
      } finally {
        try {
          if (delays != null) {
            delays.close();
          }
        } finally {
          ended.countDown();
        }
      }
      if (threads != null) {
        threads.shutdown();
      }
      onClosed.accept(this);
      changed(before, State.CLOSED);
    }
  }

  /** Who closes the transport next must not do so while somebody else's close still drains. */
  private void awaitEnd() {
    if (Context.isOf(name)) {
      return; // it is what the other waits for
    }
    try {
      ended.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  String describe() {
    StringBuilder text = new StringBuilder(description);
    String orders = rules.instructions().describe();
    if (!orders.isEmpty()) {
      text.append("  overlay: ").append(orders).append('\n');
    }
    Stream.of(rules.policy().settings(), rules.limits().settings())
        .flatMap(List::stream)
        .forEach(setting -> text.append("  ").append(setting).append('\n'));
    warnings.forEach(warning -> text.append("  warning: ").append(warning).append('\n'));
    return text.toString();
  }

  private static Map<String, Integer> weights(Map<String, Priority> priorities) {
    Map<String, Integer> weights = new LinkedHashMap<>();
    priorities.forEach((channel, priority) -> weights.put(channel, priority.weight()));
    return weights;
  }

  private static String describe(Registration<?> registration, boolean inbox) {
    EventType<?> type = registration.type();
    String once =
        type.hasIdempotencyKey() ? ", once (inbox, by its idempotency key)" : ", once (inbox)";
    return "  handles "
        + type
        + " from "
        + type.channel()
        + (type.isKeyed() ? ", in order per key" : ", in any order")
        + (type.versions().size() == 1
            ? ""
            : ", and upcasts "
                + type.versions().stream()
                    .skip(1)
                    .map(EventType::type)
                    .collect(Collectors.joining(", ")))
        + (registration.once() ? (inbox ? once : ", deduplicated") : "")
        + (registration.batch() == null ? "" : ", in batches of " + registration.batch().size())
        + "\n";
  }

  private static String describe(SubscriptionBuilder<?> built, Map<String, Priority> priorities) {
    Set<String> channels = priorities.keySet();
    Inbox<?> inbox = built.inbox;
    StringBuilder text = new StringBuilder();
    text.append("subscription ").append(built.name).append('\n');
    if (built.contract != null) {
      text.append("  contract ").append(built.contract).append('\n');
    }
    text.append("  road: ").append(ConsumeRoad.STEPS).append('\n');
    for (String channel : channels) {
      text.append("  channel ").append(channel);
      Priority priority = priorities.get(channel);
      text.append(priority == Priority.NORMAL ? "" : ", " + priority).append('\n');
      text.append("    dead letters to ")
          .append(built.policy.deadLetterAddress(channel, built.name))
          .append('\n');
      text.append("    parking lot at  ")
          .append(built.policy.parkingLotAddress(channel, built.name))
          .append('\n');
    }
    deferred(built.policy, built.name, channels)
        .keySet()
        .forEach(address -> text.append("  defers to ").append(address).append('\n'));
    built
        .handled()
        .forEach(registration -> text.append(describe(registration, built.inbox != null)));
    if (!built.skipped.isEmpty()) {
      text.append("  skips ").append(String.join(", ", built.skipped)).append('\n');
    }
    text.append("  inbox: ").append(inbox == null ? "none" : inbox).append('\n');
    if (built.dedup != null) {
      text.append("  dedup store: ").append(built.dedup).append('\n');
    }
    text.append("  handlers run on: ")
        .append(HandlerThreads.describe(built.limits.threads()))
        .append('\n');
    return text.toString();
  }
}
