package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.AmqpException.AmqpSecurityException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Resource.State;
import io.stagepost.MessagingException;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Receives for one subscription: a {@link Loop}, to which all its state belongs, and a succession
 * of connections, on which it attaches to its queues.
 */
final class AmqpReceiver implements Receiver {
  private static final Duration CLOSE = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration AFTER_DENIAL = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_AFTER_DENIAL = Duration.ofSeconds(30);

  /** After how long it goes on without an answer: then the broker has an alarm, most likely. */
  private static final Duration SILENCE = Duration.ofSeconds(5);

  /** How long it waits, when it leaves, until all is told: in vain while there is an alarm. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final Connections connections;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final Layout layout;
  private final Loop loop;
  private final Stays stays;
  private final Members members;
  private final LookOut lookOut;

  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  // The loop's own.
  private @Nullable Connection connection;

  private int failuresInARow;
  private boolean reconnecting;

  /** Why it may not receive. */
  private @Nullable String obstacle;

  /** Whether what is missing has been declared since it was last attached. */
  private boolean tried;

  private AmqpReceiver(
      Reception reception,
      Intake intake,
      Connections connections,
      AmqpTopology topology,
      AmqpFailures failures,
      OwnProcess process) {
    this.reception = reception;
    this.intake = intake;
    this.connections = connections;
    this.topology = topology;
    this.failures = failures;
    this.layout = topology.layout();
    this.loop = new Loop("stagepost-amqp-" + reception.subscription(), this::unexpected);
    this.stays = new Stays(reception, intake, topology, process, loop, this);
    this.members = new Members(reception, intake, loop, this);
    this.lookOut = new LookOut(topology, loop, members, this);
  }

  /**
   * Begins to receive.
   *
   * @param process in which it receives
   */
  static AmqpReceiver start(
      Reception reception,
      Intake intake,
      Connections connections,
      AmqpTopology topology,
      AmqpFailures failures,
      OwnProcess process) {
    AmqpReceiver receiver =
        new AmqpReceiver(reception, intake, connections, topology, failures, process);
    receiver.loop.run(receiver::connect);
    receiver.lookOut.start();
    return receiver;
  }

  /** What fails unexpectedly costs the connection, with all that hangs on it, and no more. */
  private void unexpected(Throwable failure) {
    LOG.log(
        Level.ERROR,
        () ->
            "SP-AMQP-015 Subscription "
                + reception.subscription()
                + " met something unexpected ("
                + failure
                + "); it connects anew. Nothing is lost: what is unsettled is redelivered.",
        failure);
    try {
      drop(failure);
    } finally {
      if (connection == null) {
        reconnect(FIRST_PAUSE);
      }
    }
  }

  // ---- the connection

  /** Gives up a connection on which something is amiss, for another one. */
  void drop(Throwable cause) {
    Connection broken = connection;
    if (broken != null) {
      lost(broken, cause);
      broken.close();
    }
  }

  /** Connects after a while, unless it is about to do so already. */
  private void reconnect(Duration delay) {
    if (!reconnecting && !closed.get()) {
      reconnecting = true;
      loop.later(this::connect, delay);
    }
  }

  private void connect() {
    reconnecting = false;
    if (closed.get() || connection != null) {
      return;
    }
    try {
      Connection fresh =
          connections.open(
              "subscription " + reception.subscription(),
              loop,
              event -> {
                if (event.currentState() == State.CLOSED) {
                  loop.run(() -> lost((Connection) event.resource(), event.failureCause()));
                }
              });
      connection = fresh;
      stays.connected(fresh);
      ask(
          fresh,
          () -> keyedAddresses().forEach(address -> members.listen(fresh, address)),
          () -> join(fresh),
          this::failed);
    } catch (RuntimeException failure) {
      failed(failure);
    }
  }

  /** Attaches to all queues, and says so. */
  private void join(Connection at) {
    try {
      stays.attach(at);
    } catch (RuntimeException failure) {
      failed(failure);
      return;
    }
    failuresInARow = 0;
    tried = false;
    blocked(null);
    var unused =
        beside(at, () -> keyedAddresses().forEach(address -> members.announce(at, address, true)));
  }

  /** It could not connect, or not join. */
  private void failed(RuntimeException failure) {
    Connection broken = connection;
    connection = null;
    if (failure instanceof AmqpEntityDoesNotExistException && topology.createsMissing() && !tried) {
      tried = true;
      declareMissing(failure);
    } else {
      tryAgain(failure);
    }
    stays.lose();
    if (broken != null) {
      broken.close();
    }
  }

  private void tryAgain(RuntimeException failure) {
    Duration delay = backoff(failure, ++failuresInARow);
    reconnect(delay);
    tell(failure, delay);
  }

  /** What is missing may be ours to declare: beside the loop, and then it connects at once. */
  private void declareMissing(RuntimeException missing) {
    reconnecting = true;
    String subscription = reception.subscription();
    var unused =
        loop.beside(
                () ->
                    reception
                        .addresses()
                        .forEach(address -> topology.declareGroup(address, subscription)))
            .whenComplete(
                (nothing, undeclared) ->
                    loop.run(
                        () -> {
                          reconnecting = false;
                          if (undeclared == null) {
                            reconnect(Duration.ZERO);
                          } else {
                            LOG.log(Level.DEBUG, "Declaring what is missing failed", undeclared);
                            tried = false;
                            tryAgain(
                                undeclared instanceof MessagingException told
                                        && AmqpFailures.isToMend(told)
                                    ? told
                                    : missing);
                          }
                        }));
  }

  /** The connection is gone, and with it all that was received and is not settled. */
  private void lost(Connection gone, @Nullable Throwable cause) {
    if (gone != connection) {
      return;
    }
    connection = null;
    if (closed.get()) {
      return;
    }
    LOG.log(
        Level.WARNING,
        () ->
            "SP-AMQP-013 Subscription "
                + reception.subscription()
                + " has lost its connection, and with it "
                + stays
                + ". Unsettled events are redelivered; a handler that still runs may overlap.",
        cause);
    reconnect(backoff(null, ++failuresInARow));
    stays.lose();
  }

  // ---- what the broker may leave without an answer

  /** Beside the loop; what fails costs the connection, unless that is gone already. */
  CompletableFuture<Void> beside(Connection at, Runnable question) {
    return loop.beside(question)
        .whenComplete(
            (nothing, failure) -> {
              if (failure != null) {
                loop.run(() -> refused(at, failure, this::drop));
              }
            });
  }

  /**
   * Asks beside the loop, and goes on here when it is answered, or when the broker is silent: while
   * it has an alarm, members receive, although they cannot hear of each other.
   *
   * @param refusal told what was refused, unless it has gone on before
   */
  void ask(Connection at, Runnable question, Runnable goOn, Consumer<RuntimeException> refusal) {
    AtomicBoolean decided = new AtomicBoolean();
    Runnable once =
        () -> {
          if (at == connection && !closed.get() && !decided.getAndSet(true)) {
            goOn.run();
          }
        };
    var unused =
        loop.beside(question)
            .whenComplete(
                (nothing, failure) ->
                    loop.run(
                        failure == null
                            ? once
                            : () ->
                                refused(
                                    at, failure, decided.getAndSet(true) ? this::drop : refusal)));
    loop.later(once, SILENCE);
  }

  private void refused(Connection at, Throwable failure, Consumer<RuntimeException> told) {
    if (at == connection && !closed.get()) {
      told.accept(
          failure instanceof RuntimeException refusal
              ? refusal
              : new IllegalStateException(failure));
    }
  }

  // ---- for what is looked after beside

  /** Null if it is lost, and there is no other yet. */
  @Nullable Connection connection() {
    return connection;
  }

  boolean isConnected() {
    return connection != null;
  }

  /** Whether it has a connection, and is to have one. */
  boolean isReceiving() {
    return connection != null && !closed.get();
  }

  Stays stays() {
    return stays;
  }

  /** From any thread. */
  List<String> keyedAddresses() {
    return reception.addresses().stream().filter(layout::isKeyed).toList();
  }

  void unwritten(Connection at) {
    if (at == connection) {
      drop(new IllegalStateException("What was written to a stream of suspects is not there"));
    }
  }

  // ---- what is told of failures

  /** Doubling from a tenth of a second to five, or from ten to thirty where we may not enter. */
  static Duration backoff(@Nullable Throwable failure, int failuresInARow) {
    boolean denied = failure instanceof AmqpSecurityException;
    Duration first = denied ? AFTER_DENIAL : FIRST_PAUSE;
    Duration longest = denied ? LONGEST_AFTER_DENIAL : LONGEST_PAUSE;
    Duration delay = first.multipliedBy(1L << Math.min(failuresInARow - 1, 10));
    return delay.compareTo(longest) < 0 ? delay : longest;
  }

  void tell(RuntimeException failure, Duration delay) {
    String reason = failures.blocking(failure);
    if (reason != null) {
      LOG.log(Level.DEBUG, reason, failure);
      blocked(reason);
      return;
    }
    LOG.log(
        Level.ERROR,
        () ->
            "SP-AMQP-015 Subscription "
                + reception.subscription()
                + " cannot receive ("
                + failure
                + "); it tries again in "
                + delay
                + ". Nothing is lost: what is unsettled is redelivered.",
        failure);
  }

  /** Told when it changes: who is denied tries again and again. */
  private void blocked(@Nullable String reason) {
    if (!Objects.equals(reason, obstacle)) {
      obstacle = reason;
      intake.blocked(reason);
    }
  }

  // ---- from any thread

  @Override
  public void roomAvailable() {
    stays.roomAvailable();
  }

  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      loop.run(this::end);
    }
    if (loop.isCurrent()) {
      return; // called from its own intake
    }
    try {
      if (!ended.await(CLOSE.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.log(
            Level.WARNING,
            () ->
                "SP-AMQP-017 Subscription "
                    + reception.subscription()
                    + " has not left within "
                    + CLOSE
                    + "; it goes on trying in the background.");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() {
    try {
      Connection closing = connection;
      stays.end(closing != null);
      loop.endBeside(LAST_WORDS);
      if (closing != null) {
        closing.close();
      }
    } catch (RuntimeException broken) {
      LOG.log(Level.DEBUG, "Closing a connection that is broken", broken);
    } finally {
      connection = null;
      ended.countDown();
      loop.end();
    }
  }

  @Override
  public String toString() {
    return members.toString();
  }
}
