package io.stagepost.amqp;

import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends through one connection, an {@link Outlet} for each address. Thread-safe; never blocks its
 * callers: how much is under way is bounded before it.
 */
final class AmqpSender implements Sender {
  private final Duration timeout;
  private final Connections connections;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final SharedConnection connection;
  private final Map<String, Outlet> outlets = new ConcurrentHashMap<>();

  /** A thread for each outlet that has something to send, for a minute more. */
  private final ExecutorService threads;

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, task -> daemon(task, "stagepost-amqp-deadlines"));

  private final long tick;
  private volatile boolean closed;

  /** Nobody waits for an answer any more. */
  private volatile boolean over;

  AmqpSender(
      Duration timeout, Connections connections, AmqpTopology topology, AmqpFailures failures) {
    this(
        timeout,
        connections,
        topology,
        failures,
        Executors.newCachedThreadPool(task -> daemon(task, "stagepost-amqp-sender")));
  }

  /**
   * A sender.
   *
   * @param threads for its outlets; it ends them
   */
  AmqpSender(
      Duration timeout,
      Connections connections,
      AmqpTopology topology,
      AmqpFailures failures,
      ExecutorService threads) {
    this.timeout = timeout;
    this.connections = connections;
    this.topology = topology;
    this.failures = failures;
    this.connection = new SharedConnection(connections, "publisher");
    this.threads = threads;
    this.tick = Math.max(1_000_000, Math.min(timeout.toNanos() / 20, TimeUnit.SECONDS.toNanos(1)));
    var unused = timer.scheduleWithFixedDelay(this::sweep, tick, tick, TimeUnit.NANOSECONDS);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public CompletableFuture<Receipt> send(Message message) {
    Sending sending = new Sending(message, System.nanoTime());
    if (!outlets.computeIfAbsent(message.address(), this::outlet).send(sending)) {
      sending.completeExceptionally(closedAlready(message));
    }
    return sending;
  }

  private Outlet outlet(String address) {
    return new Outlet(address, this, topology, failures, timeout, threads, timer);
  }

  private static PublishRejectedException closedAlready(Message message) {
    return new PublishRejectedException(
        "SP-AMQP-007",
        "The sender is closed; a message for "
            + message.address()
            + " was not sent. Publish before closing.",
        Fault.SURROUNDINGS,
        null);
  }

  /** Gives up what is overdue, or would be before the next look. */
  private void sweep() {
    long latest = System.nanoTime() - timeout.toNanos() + tick;
    outlets.values().forEach(outlet -> outlet.sweep(latest));
  }

  // ---- for the outlets

  /** Whether it takes more. */
  boolean isOpen() {
    return !closed;
  }

  /** Whether what it has taken is still waited for. */
  boolean isServing() {
    return !over;
  }

  SharedConnection connection() {
    return connection;
  }

  // ---- closing

  @Override
  public void close() {
    closed = true;
    if (connections.isAnswering()) { // which it must not hold up
      new Thread(this::close, "stagepost-amqp-close").start();
      return;
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!outlets.values().stream().allMatch(Outlet::isAnswered)
        && System.nanoTime() - deadline < 0
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
    }
    over = true;
    timer.shutdownNow();
    threads.shutdownNow();
    long now = System.nanoTime();
    outlets.values().forEach(outlet -> outlet.giveUp(now));
    connection.close();
  }

  @Override
  public String toString() {
    return "sender, " + timeout;
  }
}
