package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.EventType.Priority;
import io.stagepost.Setting.Layer;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Observer;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The entry point: publishes events and subscribes handlers, over one transport.
 *
 * <pre>{@code
 * try (Messaging messaging = Messaging.over(KafkaTransport.to("localhost:9092"))) {
 *   messaging.subscribe("printer").on(GREETING, event -> print(event.data())).start();
 *   messaging.publish(GREETING.event(new Greeting("ada", "hello"))).join();
 * }
 * }</pre>
 *
 * <p>Thread-safe. Nothing starts by itself; {@link #close()} ends all its subscriptions.
 */
public final class Messaging implements Publisher, AutoCloseable {
  private static final Logger LOG = System.getLogger(Messaging.class.getName());

  /** After so many looks, one a second, a subscription that an overlay names is not to start. */
  private static final int UNREACHED_LOOKS = 5;

  private final Transport transport;
  private final InstantSource clock;
  private final LongSupplier ticker;
  private final ScheduledExecutorService scheduler;
  private final boolean ownsScheduler;
  private final @Nullable Executor executor;
  private final Observers observers;
  private final Setting<Duration> publishTimeout;
  private final PublishLimits publishLimits;
  private final Sender sender;
  private final PublishGate gate;
  private final PublishRoad road;
  private final CopyOnWriteArrayList<Contract> contracts = new CopyOnWriteArrayList<>();
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final @Nullable OverlayFile overlay;
  private final AtomicBoolean closed = new AtomicBoolean();

  // Of the overlay's thread: whom it names and does not reach, and since how many looks.
  private Set<String> unreached = Set.of();
  private int unreachedLooks;

  /** Warnings of the topology that were logged. */
  private final Set<String> warned = ConcurrentHashMap.newKeySet();

  private Messaging(Builder builder) {
    this.transport = builder.transport;
    this.clock = builder.clock;
    this.ticker = ticker(clock);
    this.ownsScheduler = builder.scheduler == null;
    this.scheduler = builder.scheduler == null ? timer() : builder.scheduler;
    this.executor = builder.executor;
    this.observers =
        builder.observers.isEmpty() ? Observers.NONE : new Observers(builder.observers);
    this.publishTimeout = builder.publishTimeout;
    this.publishLimits = builder.publishLimits;
    this.overlay = builder.overlay == null ? null : new OverlayFile(builder.overlay);
    this.sender = transport.sender(publishTimeout.value());
    this.gate =
        new PublishGate(
            sender, publishTimeout.value(), publishLimits, clock, ticker, scheduler, observers);
    this.road = new PublishRoad(transport, gate, clock, observers);
    if (overlay != null) {
      overlay.watch(
          next -> subscriptions.forEach(subscription -> subscription.check(next)),
          () -> subscriptions.forEach(Subscription::overlaid),
          this::tellUnreached);
    }
  }

  /** Says whom an overlay does not reach, once they are not just about to start. */
  private void tellUnreached(Overlay overlay) {
    Set<String> unknown = new TreeSet<>(overlay.names());
    subscriptions.forEach(subscription -> unknown.remove(subscription.name()));
    unreachedLooks = unknown.equals(unreached) ? unreachedLooks + 1 : 0;
    unreached = unknown;
    if (unreachedLooks == UNREACHED_LOOKS && !unknown.isEmpty()) {
      LOG.log(
          Level.WARNING,
          "SP-API-047 The overlay names {0}, which do not run here; those that do are {1}.",
          unknown,
          subscriptions.stream().map(Subscription::name).toList());
    }
  }

  /** What is wrong with the overlay for a subscription that is to start. */
  List<String> overlayProblems(SubscriptionBuilder<?> built) {
    try {
      var unused = new Rules(built, () -> instructions(built.name));
      return List.of();
    } catch (MessagingException contradiction) {
      return List.of(String.valueOf(contradiction.getMessage()));
    }
  }

  private Overlay.Instructions instructions(String subscription) {
    return overlay == null ? Overlay.Instructions.NONE : overlay.overlay().of(subscription);
  }

  /**
   * Messaging over a transport, with the safe defaults. Closing it closes the transport.
   *
   * @param transport for example {@code KafkaTransport.to("localhost:9092")}
   * @return ready to publish and subscribe
   */
  public static Messaging over(Transport transport) {
    return builder(transport).build();
  }

  /**
   * Messaging with settings of its own.
   *
   * @param transport closed with it
   * @return a builder
   */
  public static Builder builder(Transport transport) {
    return new Builder(transport);
  }

  @Override
  public CompletableFuture<Receipt> publish(Event<?> event) {
    checkOpen();
    return road.publish(event);
  }

  /**
   * Looks up what the codecs of these types need for publishing and do not have yet, such as a
   * schema in a registry; so that no publish has to wait for it. Needed before events are published
   * in a transaction, where nobody but the database may be asked; else a kindness to the first
   * publish. May block; may be called again.
   *
   * @param types what is going to be published
   * @throws ConfigurationException naming all that cannot be had, and why (rule D19)
   */
  public void prepare(EventType<?>... types) {
    List<String> problems = unprepared(List.of(types));
    if (!problems.isEmpty()) {
      throw new ConfigurationException("what is to be published", problems);
    }
  }

  /**
   * Prepares what a contract sends: as {@link #prepare(EventType[])}; and checks that the transport
   * can keep what the contract promises, and that what is sent has somewhere to go, which is
   * provisioned as the transport's topology says.
   *
   * @param contract what the application has promised
   * @throws ConfigurationException naming all that is wrong (rule D19)
   */
  public void prepare(Contract contract) {
    List<String> problems = new ArrayList<>(contract.problems(transport));
    problems.addAll(unprepared(contract.sent()));
    if (problems.isEmpty() && !contract.sent().isEmpty()) {
      List<Need> channels =
          contract.sent().stream().map(EventType::channel).distinct().map(Need::channel).toList();
      problems.addAll(transport.topology().provision(channels).problems());
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException("The contract " + contract, problems);
    }
    contracts.addIfAbsent(contract);
  }

  private static List<String> unprepared(List<EventType<?>> types) {
    List<String> problems = new ArrayList<>();
    for (EventType<?> type : types) {
      try {
        type.codec().prepare(type);
      } catch (MessagingException missing) {
        problems.add(missing.getMessage());
      }
    }
    return problems;
  }

  /**
   * Begins a subscription.
   *
   * @param name names the group: every group gets every event; members of one share them
   * @return a builder; nothing happens before its {@code start()}
   */
  public SubscriptionBuilder<Void> subscribe(String name) {
    checkOpen();
    if (name.isBlank()) {
      throw new MessagingException(
          "SP-API-011", "A subscription has an empty name; it names the consumer group.");
    }
    return new SubscriptionBuilder<>(this, name);
  }

  /**
   * The complete message that publishing an event would send: for outboxes, which store it and send
   * it later through {@link #send(Message)}.
   *
   * @param event the event
   * @return its message
   */
  public Message message(Event<?> event) {
    EventType<?> type = event.type();
    if (!type.codec().isReady(type)) {
      throw new MessagingException(
          "SP-API-032",
          "The schema of "
              + type
              + " has not been looked up, and a transaction is no place to ask a registry. Call"
              + " prepare(...) with the event type when the service starts.");
    }
    return road.message(event);
  }

  /**
   * Sends a complete message: for outboxes and tools. It counts for the publish limits; an {@code
   * expirytime} in it is the receiver's concern.
   *
   * @param message as {@link #message(Event)} made it, or as it was received
   * @return completes as {@link #publish(Event)} does
   */
  public CompletableFuture<Receipt> send(Message message) {
    checkOpen();
    return gate.send(message, null);
  }

  /**
   * Has everything sent at once that the transport holds back to send it together with more (on
   * Kafka for {@code linger.ms}, 5 ms unless set). For who has published all there is for now, and
   * waits for it. Does not block, and completes nothing: the futures of what was published tell
   * when it is stored.
   */
  public void flush() {
    sender.flush();
  }

  /**
   * The transport: for tools.
   *
   * @return the one given
   */
  public Transport transport() {
    return transport;
  }

  /**
   * Whom to tell what happens beside publishing and handling: for outboxes.
   *
   * @return all observers as one, which throws nothing; empty if there are none
   */
  public Optional<Observer> observer() {
    return observers.any() ? Optional.of(observers) : Optional.empty();
  }

  /**
   * How long a publish may take until it completes as unknown.
   *
   * @return positive
   */
  public Duration publishTimeout() {
    return publishTimeout.value();
  }

  /**
   * How it fares, from what it knows: it waits for nobody, so it is cheap enough for a probe once a
   * second. The lag is what the broker said last, and is asked for in the background.
   *
   * @return what holds at this moment
   */
  public Health health() {
    Health.Publishing publishing = gate.health();
    List<Health.Consuming> consuming = subscriptions.stream().map(Subscription::health).toList();
    Health.Pressure worst = publishing.pressure();
    for (Health.Consuming subscription : consuming) {
      worst = worst.or(subscription.pressure());
    }
    return new Health(worst, publishing, consuming);
  }

  /**
   * What will happen, for people: both roads step by step, channels and addresses, and every
   * setting with who set it. Without secrets.
   *
   * @return several lines
   */
  public String describe() {
    StringBuilder text = new StringBuilder();
    text.append("transport ").append(transport.name()).append('\n');
    transport.settings().forEach(setting -> text.append("  ").append(setting).append('\n'));
    if (overlay != null) {
      text.append(overlay.describe()).append('\n');
    }
    text.append("publish\n");
    text.append("  road: ").append(PublishRoad.STEPS).append('\n');
    contracts.forEach(contract -> text.append("  contract ").append(contract).append('\n'));
    text.append("  ").append(publishTimeout).append('\n');
    publishLimits.settings().forEach(setting -> text.append("  ").append(setting).append('\n'));
    subscriptions.forEach(subscription -> text.append(subscription.describe()));
    return text.toString();
  }

  /**
   * Ends every subscription (each within its drain limit), then publishing, then the transport.
   * Publishes whose call still waits for room are turned away with {@code SP-API-012}; those whose
   * call has returned may finish, within the publish timeout each for what waits and for what is in
   * flight. What others run on it, such as an outbox's relay, is theirs to close before.
   * Idempotent.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    if (overlay != null) {
      overlay.close();
    }
    List<Thread> closing = new ArrayList<>();
    for (Subscription subscription : subscriptions) {
      Thread thread = new Thread(subscription::close, "stagepost-close-" + subscription.name());
      thread.start();
      closing.add(thread);
    }
    boolean interrupted = false;
    for (Thread thread : closing) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException interruption) {
          interrupted = true;
        }
      }
    }
    gate.close();
    sender.close();
    transport.close();
    if (ownsScheduler) {
      scheduler.shutdownNow();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  Subscription start(
      SubscriptionBuilder<?> built, Map<String, Priority> priorities, List<String> warnings) {
    checkOpen();
    for (String warning : warnings) {
      if (warned.add(warning)) {
        LOG.log(Level.WARNING, "Subscription {0}: {1}", built.name, warning);
      }
    }
    Subscription subscription =
        new Subscription(
            built,
            priorities,
            warnings,
            new Subscription.Surroundings(
                sender,
                clock,
                ticker,
                scheduler,
                executor,
                observers,
                () -> instructions(built.name)),
            subscriptions::remove);
    subscriptions.add(subscription);
    try {
      subscription.overlaid(); // a change that came meanwhile did not see it
    } catch (MessagingException contradiction) {
      subscription.close();
      throw contradiction;
    }
    if (closed.get()) {
      subscription.close(); // the close that came meanwhile did not see it
    }
    return subscription;
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new MessagingException(
          "SP-API-012", "This Messaging is closed; build a new one, or close it later.");
    }
  }

  /**
   * Time that never goes back, in nanoseconds from now; a clock of one's own is taken at its word.
   */
  private static LongSupplier ticker(InstantSource clock) {
    if (clock == Builder.SYSTEM) {
      long origin = System.nanoTime();
      return () -> System.nanoTime() - origin;
    }
    Instant origin = clock.instant();
    return () -> Duration.between(origin, clock.instant()).toNanos();
  }

  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "stagepost-timer");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** Configures a {@link Messaging}. Not thread-safe. */
  public static final class Builder {
    private final Transport transport;
    private static final InstantSource SYSTEM = Clock.systemUTC();

    private InstantSource clock = SYSTEM;
    private @Nullable ScheduledExecutorService scheduler;
    private @Nullable Executor executor;
    private final List<Observer> observers = new ArrayList<>();
    private Setting<Duration> publishTimeout =
        new Setting<>("publish timeout", Defaults.PUBLISH_TIMEOUT, Layer.DEFAULT);
    private PublishLimits publishLimits = PublishLimits.defaults();
    private @Nullable Path overlay;

    private Builder(Transport transport) {
      this.transport = requireNonNull(transport, "transport");
    }

    /**
     * Sets the clock.
     *
     * @param clock instead of the system's
     * @return this
     */
    public Builder clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Sets what tells that a delay is over. It is not closed with the messaging.
     *
     * @param scheduler instead of a thread of its own
     * @return this
     */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = requireNonNull(scheduler, "scheduler");
      return this;
    }

    /**
     * Sets where handlers run. It is not closed with the messaging; a subscription's concurrency
     * still bounds how many run at once.
     *
     * @param executor instead of threads of each subscription's own
     * @return this
     */
    public Builder executor(Executor executor) {
      this.executor = requireNonNull(executor, "executor");
      return this;
    }

    /**
     * Adds an observer.
     *
     * @param observer is told what happens
     * @return this
     */
    public Builder observer(Observer observer) {
      observers.add(requireNonNull(observer, "observer"));
      return this;
    }

    /**
     * Sets how long a publish may take.
     *
     * @param timeout instead of 30 s; positive
     * @return this
     */
    public Builder publishTimeout(Duration timeout) {
      Retry.check(
          timeout.compareTo(Duration.ZERO) > 0, "publishTimeout", timeout, "must be positive");
      this.publishTimeout = publishTimeout.by(timeout, Layer.CODE);
      return this;
    }

    /**
     * Sets how much is published at once, and what happens beyond.
     *
     * @param limits instead of the defaults
     * @return this
     */
    public Builder publishLimits(PublishLimits limits) {
      this.publishLimits = requireNonNull(limits, "limits");
      return this;
    }

    /**
     * Lets operators intervene while the service runs, by a file of properties such as {@code
     * billing.rate = 20}, which is looked at once a second: pause a subscription, send types of
     * events to the parking lot unhandled, and set rate, handler timeout and retry, over the heads
     * of contract and code. Code that is stricter stays so. A file that is not there says nothing;
     * one that is wrong changes nothing, and says so in the log.
     *
     * @param file where they will write
     * @return this
     */
    public Builder overlay(Path file) {
      this.overlay = requireNonNull(file, "file");
      return this;
    }

    /**
     * Builds it.
     *
     * @throws ConfigurationException {@code SP-API-046} if the overlay is wrong
     * @return ready to publish and subscribe
     */
    public Messaging build() {
      return new Messaging(this);
    }
  }
}
