package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Resource.State;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends through one connection, an {@link Outlet} for each address. Thread-safe; never blocks its
 * callers: how much is under way is bounded before it.
 */
final class AmqpSender implements Sender {
  private final Duration timeout;
  private final Connections connections;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final Map<String, Outlet> outlets = new ConcurrentHashMap<>();

  /** What is not answered yet, in the order of the calls, so that the oldest is overdue first. */
  private final Queue<Sending> pending = new ConcurrentLinkedQueue<>();

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "stagepost-amqp-deadlines");
            thread.setDaemon(true);
            return thread;
          });

  private final long tick;
  private volatile boolean closed;
  private @Nullable Connection connection;

  AmqpSender(
      Duration timeout, Connections connections, AmqpTopology topology, AmqpFailures failures) {
    this.timeout = timeout;
    this.connections = connections;
    this.topology = topology;
    this.failures = failures;
    this.tick = Math.max(1_000_000, Math.min(timeout.toNanos() / 20, TimeUnit.SECONDS.toNanos(1)));
    var unused = timer.scheduleWithFixedDelay(this::sweep, tick, tick, TimeUnit.NANOSECONDS);
  }

  @Override
  public CompletableFuture<Receipt> send(Message message) {
    Sending sending = new Sending(message, System.nanoTime());
    if (closed) {
      sending.completeExceptionally(closedAlready(message));
      return sending;
    }
    pending.add(sending);
    if (closed) { // meanwhile, and nobody may look after it any more
      sending.completeExceptionally(closedAlready(message));
      return sending;
    }
    outlets.computeIfAbsent(message.address(), this::outlet).send(sending);
    return sending;
  }

  private Outlet outlet(String address) {
    return new Outlet(address, this, topology, failures, timeout);
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

  /** Forgets what is answered, and gives up what is overdue, or would be before the next look. */
  private void sweep() {
    long now = System.nanoTime();
    for (Sending oldest = pending.peek(); oldest != null; oldest = pending.peek()) {
      if (!oldest.isDone()) {
        if (now - oldest.began < timeout.toNanos() - tick) {
          return;
        }
        oldest.giveUp(failures, timeout);
      }
      pending.remove();
    }
  }

  // ---- the connection that the outlets share

  /** The connection; opens one if there is none. Blocks. */
  synchronized Connection connection() {
    if (closed && pending.isEmpty()) {
      throw new IllegalStateException("The sender is closed");
    }
    Connection current = connection;
    if (current == null) {
      current =
          connections.open(
              "publisher",
              null,
              event -> {
                if (event.currentState() == State.CLOSED) {
                  forget((Connection) event.resource());
                }
              });
      connection = current;
    }
    return current;
  }

  private synchronized void forget(Connection gone) {
    if (connection == gone) {
      connection = null;
    }
  }

  /** Something is amiss with its session, which the client has once and for all. */
  void drop(Connection broken) {
    forget(broken);
    broken.close();
  }

  Connections connections() {
    return connections;
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
    while (!isAnswered()
        && System.nanoTime() - deadline < 0
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
    }
    timer.shutdownNow();
    outlets.values().forEach(Outlet::close);
    for (Sending left = pending.poll(); left != null; left = pending.poll()) {
      if (!left.isDone()) {
        left.giveUp(failures, timeout);
      }
    }
    Connection closing;
    synchronized (this) {
      closing = connection;
      connection = null;
    }
    if (closing != null) {
      closing.close();
    }
  }

  private boolean isAnswered() {
    for (Sending sending : pending) {
      if (!sending.isDone()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return "sender, " + timeout;
  }

  /** One message under way: what the caller waits for. */
  static final class Sending extends CompletableFuture<Receipt> {
    final Message message;
    final long began;

    /** Whether the client had it once: then it may be stored. */
    private boolean handedOver;

    /** Whether its time is over: then the client must not get it any more. */
    private boolean over;

    Sending(Message message, long began) {
      this.message = message;
      this.began = began;
    }

    synchronized boolean isHandedOver() {
      return handedOver;
    }

    /** The client is to get it now; false if it is too late for that. */
    synchronized boolean handOver() {
      handedOver |= !over && !isDone();
      return !over && !isDone();
    }

    /** The client has refused to get it. */
    synchronized void takeBack() {
      handedOver = false;
    }

    /** Its time is over. */
    void giveUp(AmqpFailures failures, Duration timeout) {
      boolean sent;
      synchronized (this) {
        over = true;
        sent = handedOver;
      }
      completeExceptionally(failures.overdue(message, sent, timeout));
    }
  }
}
