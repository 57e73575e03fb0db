package io.stagepost.testkit;

import io.cloudevents.CloudEvent;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Setting;
import io.stagepost.Setting.Layer;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import io.stagepost.spi.Sender;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A broker in this JVM, for tests: addresses with partitions, groups that share them, redelivery of
 * what is unsettled, and {@linkplain #faults() faults} on demand. An instance is one connection;
 * {@link #another()} is a second one to the same broker, for another {@link Messaging}.
 *
 * <p>It runs in one of two ways. {@link #InMemoryTransport()} delivers and confirms on threads of
 * its own, in real time. {@link #on(ManualClock)} does everything as tasks of that clock, on the
 * test's thread: deterministic, and as fast as the test advances the clock. Only an ordinary
 * confirmation does not wait for the clock, so that a publish may be joined anywhere.
 *
 * <pre>{@code
 * ManualClock clock = new ManualClock();
 * InMemoryTransport transport = InMemoryTransport.on(clock);
 * try (Messaging messaging = transport.messaging().build()) {
 *   messaging.subscribe("billing").on(ORDER_PLACED, billing::handle).start();
 *   messaging.publish(ORDER_PLACED.event(order)).join();
 *   transport.awaitSettled("billing", Duration.ofHours(1)); // of the clock: passes at once
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class InMemoryTransport implements Transport {
  private final Broker broker;
  private final MemoryTopology topology;
  private final List<MemorySender> senders = new CopyOnWriteArrayList<>();
  private final List<Member> members = new CopyOnWriteArrayList<>();
  private volatile boolean down;
  private volatile boolean crashed;

  /** A connection to a broker of its own, in real time, with the defaults. */
  public InMemoryTransport() {
    this(new Builder().broker());
  }

  private InMemoryTransport(Broker broker) {
    this.broker = broker;
    this.topology = new MemoryTopology(broker);
  }

  /**
   * A connection to a broker of its own whose work are tasks of this clock.
   *
   * @param clock also the clock, scheduler and executor of {@link #messaging()}
   * @return the transport
   */
  public static InMemoryTransport on(ManualClock clock) {
    return builder().clock(clock).build();
  }

  /**
   * A transport with settings of its own.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Another connection to the same broker: closing, losing or crashing one leaves the others alone.
   *
   * @return the connection
   */
  public InMemoryTransport another() {
    return new InMemoryTransport(broker);
  }

  /**
   * Begins a {@link Messaging} over this connection; with a manual clock, its clock, scheduler and
   * executor are that one's.
   *
   * <p>With a manual clock, run the clock before closing it: closing waits in real time for
   * handlers that are under way.
   *
   * @return a builder
   */
  public Messaging.Builder messaging() {
    Messaging.Builder builder = Messaging.builder(this);
    ManualClock clock = broker.loop.manual;
    return clock == null
        ? builder
        : builder.clock(clock).scheduler(clock.scheduler()).executor(clock.executor());
  }

  // ---- what a test asks ------------------------------------------------------------------------

  /**
   * What an address holds now, in the order in which it was stored.
   *
   * @param address the address
   * @return empty if it does not exist
   */
  public List<StoredMessage> stored(String address) {
    return broker.stored(address);
  }

  /**
   * How many messages a subscription has settled. What a loss makes be delivered again no longer
   * counts until it is settled again.
   *
   * @param subscription its name
   * @return 0 if it was never started
   */
  public long settled(String subscription) {
    Group group = broker.groupOrNone(subscription);
    return broker.lockedGet(group::settled);
  }

  /**
   * How many messages a subscription has not settled yet, of all that its addresses hold.
   *
   * @param subscription its name
   * @return 0 if it was never started
   */
  public long unsettled(String subscription) {
    Group group = broker.groupOrNone(subscription);
    return broker.lockedGet(() -> group.unsettled());
  }

  /**
   * Waits until a subscription has settled everything that its addresses hold. With a manual clock
   * it runs the clock, and advances it from delay to delay, at most by the timeout.
   *
   * @param subscription its name
   * @param timeout how long at most, by the broker's clock
   * @throws MessagingException {@code SP-TEST-006} if it has not by then, {@code SP-TEST-005} if it
   *     was never started
   */
  public void awaitSettled(String subscription, Duration timeout) {
    Group group = broker.known(subscription);
    if (!broker.awaitSettled(group, timeout)) {
      throw new MessagingException(
          "SP-TEST-006",
          "Subscription "
              + subscription
              + " has not settled everything within "
              + timeout
              + ": "
              + broker.lockedGet(group::describe)
              + ". Look for a handler that hangs or keeps failing, or wait longer.");
    }
  }

  /**
   * Creates an address, whatever {@link Builder#verifyOnly()} says.
   *
   * @param address not empty, without white space
   */
  public void create(String address) {
    if (!Broker.isLegal(address)) {
      throw new MessagingException("SP-TEST-020", Broker.missing(address));
    }
    broker.locked(() -> broker.create(address));
  }

  // ---- what a test breaks ----------------------------------------------------------------------

  /**
   * What the broker does wrong.
   *
   * @return the same for all connections to it
   */
  public Faults faults() {
    return broker.faults;
  }

  /**
   * Cuts this connection until {@link #reconnect()}: what is being sent completes as unknown, and
   * so does what is sent meanwhile (that is not stored); assignments are lost without waiting, and
   * what they settled but had not committed is delivered again.
   */
  public void disconnect() {
    broker.loop.call(
        () -> {
          down = true;
          senders.forEach(MemorySender::disconnect);
          members.forEach(Member::disconnect);
        });
  }

  /** Connects again: its receivers join their groups again. Does nothing after a crash. */
  public void reconnect() {
    if (!crashed) {
      broker.loop.call(
          () -> {
            down = false;
            members.forEach(Member::join);
          });
    }
  }

  /** Ends this connection as if its process had been killed: {@link #disconnect()}, for good. */
  public void crash() {
    crashed = true;
    disconnect();
  }

  // ---- the transport ---------------------------------------------------------------------------

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public Message encode(String address, @Nullable String key, CloudEvent event) {
    return MemoryBinding.encode(address, key, event);
  }

  @Override
  public CloudEvent decode(Message message) {
    return MemoryBinding.decode(message);
  }

  @Override
  public Sender sender(Duration timeout) {
    MemorySender sender = new MemorySender(this, broker, timeout);
    senders.add(sender);
    return sender;
  }

  @Override
  public Receiver receive(Reception reception, Intake intake) {
    Group group = broker.group(reception.subscription(), reception.addresses());
    Member member = new Member(this, broker, group, reception, intake);
    members.add(member);
    broker.loop.deliver(member::join);
    return member;
  }

  @Override
  public TopologyAdmin topology() {
    return topology;
  }

  @Override
  public Browser browser() {
    return topology;
  }

  @Override
  public Capabilities capabilities() {
    return broker.settings.capabilities();
  }

  @Override
  public List<Setting<?>> settings() {
    Broker.Settings settings = broker.settings;
    return List.of(
        new Setting<>("time", broker.loop.manual == null ? "real" : "manual", Layer.CODE),
        new Setting<>("partitions", settings.partitions(), Layer.CODE),
        new Setting<>(
            "missing addresses", settings.createsMissing() ? "created" : "a problem", Layer.CODE),
        new Setting<>("commit interval", settings.commitInterval(), Layer.CODE));
  }

  /** Closes this connection. The broker, and other connections, go on. Idempotent. */
  @Override
  public void close() {
    members.forEach(Member::close);
    senders.forEach(MemorySender::close);
  }

  boolean isDown() {
    return down;
  }

  void forget(Member member) {
    members.remove(member);
  }

  void forget(MemorySender sender) {
    senders.remove(sender);
  }

  @Override
  public String toString() {
    return "in-memory transport";
  }

  /** Configures an in-memory broker and the first connection to it. Not thread-safe. */
  public static final class Builder {
    private @Nullable ManualClock clock;
    private int partitions = 4;
    private boolean createsMissing = true;
    private boolean discardsSettled;
    private Duration commitInterval = Duration.ZERO;
    private Capabilities capabilities = Capabilities.full();

    private Builder() {}

    /**
     * Sets the clock whose tasks all its work becomes.
     *
     * @param clock instead of real time and threads
     * @return this
     */
    public Builder clock(ManualClock clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Sets how many partitions an address has.
     *
     * @param partitions instead of 4; at least 1
     * @return this
     */
    public Builder partitions(int partitions) {
      if (partitions < 1) {
        throw new MessagingException(
            "SP-TEST-007", "partitions is " + partitions + "; it must be at least 1.");
      }
      this.partitions = partitions;
      return this;
    }

    /**
     * Creates no address by itself: a missing one is a problem at start, and a publish to it is
     * rejected. {@link InMemoryTransport#create(String)} creates one.
     *
     * @return this
     */
    public Builder verifyOnly() {
      this.createsMissing = false;
      return this;
    }

    /**
     * Makes what is settled durable only now and then, as some brokers' clients do: what was
     * settled since is delivered again after a loss or crash, though not after an orderly end.
     *
     * @param interval instead of at once; not negative
     * @return this
     */
    public Builder commitEvery(Duration interval) {
      if (interval.isNegative()) {
        throw new MessagingException(
            "SP-TEST-007", "commitEvery is " + interval + "; it must not be negative.");
      }
      this.commitInterval = interval;
      return this;
    }

    /**
     * Forgets messages that every group which has read from their address has settled, so that a
     * long run needs little memory. Without it {@link InMemoryTransport#stored(String)} has all.
     *
     * @return this
     */
    public Builder discardSettled() {
      this.discardsSettled = true;
      return this;
    }

    /**
     * Declares a capability as lacking, and behaves so.
     *
     * @param capability what it cannot do
     * @param reason why, for the table of rules and transports
     * @return this
     */
    public Builder lacking(Capability capability, String reason) {
      this.capabilities = capabilities.without(capability, reason);
      return this;
    }

    /**
     * A broker, and a connection to it.
     *
     * @return the connection
     */
    public InMemoryTransport build() {
      return new InMemoryTransport(broker());
    }

    private Broker broker() {
      return new Broker(
          new Broker.Settings(
              partitions, createsMissing, discardsSettled, commitInterval, capabilities),
          clock);
    }
  }
}
