package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.AmqpException.AmqpSecurityException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.ConsumerBuilder;
import com.rabbitmq.client.amqp.Resource.State;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /** How soon it is looked again whether the process is free. */
  private static final Duration SOON = Duration.ofMillis(50);

  private static final String OFFSET = "x-stream-offset";

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final Connections connections;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final Layout layout;
  private final OwnProcess process;
  private final Loop loop;
  private final Suspects suspects;
  private final Members members;
  private final LookOut lookOut;

  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Whether a look at what is held, or settled, is under way already. */
  private final AtomicBoolean pumping = new AtomicBoolean();

  private final AtomicBoolean flushing = new AtomicBoolean();
  private final AtomicBoolean room = new AtomicBoolean();

  // The loop's own.
  private @Nullable Connection connection;

  /** Of that connection; null if its broker needs none. */
  private @Nullable Ladder ladder;

  private final Map<String, Stay> stays = new LinkedHashMap<>();

  private final Map<String, StreamPosition> positions = new HashMap<>();

  private int failuresInARow;
  private boolean reconnecting;

  /** Why it may not receive. */
  private @Nullable String obstacle;

  /** Whether what is missing has been declared since it was last attached. */
  private boolean tried;

  /** Whether it will look soon whether the process is free. */
  private boolean waiting;

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
    this.process = process;
    this.loop = new Loop("stagepost-amqp-" + reception.subscription(), this::unexpected);
    this.suspects =
        new Suspects(
            reception.subscription(), topology, process, loop, this::pumpSoon, this::unwritten);
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
  private void drop(Throwable cause) {
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
      ladder =
          Ladder.isNeeded(fresh) ? new Ladder(fresh, reception.subscription(), topology) : null;
      suspects.connected(fresh);
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
      for (String address : reception.addresses()) {
        for (String queue : layout.queues(address, reception.subscription())) {
          if (!stays.containsKey(queue)) {
            attach(at, stay(address, queue));
          }
        }
      }
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
    loseAll();
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
                            tryAgain(missing);
                          }
                        }));
  }

  private Stay stay(String address, String queue) {
    StreamStart start = layout.streams().get(address);
    return new Stay(
        address,
        queue,
        process.alone(),
        start == null
            ? null
            : positions.computeIfAbsent(address, unused -> new StreamPosition(start)),
        suspects::lived,
        this::flushSoon,
        this::move);
  }

  private void attach(Connection at, Stay stay) {
    String queue = stay.queue();
    ConsumerBuilder builder =
        at.consumerBuilder()
            .queue(queue)
            .initialCredits(Stay.READ_AHEAD)
            .messageHandler((context, received) -> received(stay, context, received))
            .listeners(
                event -> {
                  if (event.currentState() == State.CLOSED) {
                    loop.run(() -> closed(stay, event.failureCause()));
                  }
                });
    StreamPosition position = stay.position();
    com.rabbitmq.client.amqp.Consumer consumer =
        (position == null ? builder : position.begin(builder.stream()).builder()).build();
    boolean moving = ladder != null;
    stay.attached(consumer, !moving || layout.isKeyed(stay.address()), moving);
    LOG.log(Level.DEBUG, () -> this + " is attached to " + stay);
    stays.put(queue, stay);
  }

  private void received(
      Stay stay,
      com.rabbitmq.client.amqp.Consumer.Context context,
      com.rabbitmq.client.amqp.Message received) {
    try {
      stay.received(
          AmqpBinding.split(Ladder.unmarked(AmqpMessages.read(stay.address(), received))),
          AmqpMessages.time(received),
          received.annotation(OFFSET) instanceof Number offset ? offset.longValue() : -1,
          received.deliveryCount(),
          context);
    } catch (RuntimeException unreadable) {
      // what a handler throws, the client takes for a wish to discard the message
      LOG.log(
          Level.ERROR,
          () ->
              "SP-AMQP-033 Subscription "
                  + reception.subscription()
                  + " cannot read a message of "
                  + stay
                  + "; the broker makes it a dead letter, unless it lies in a stream. Please report"
                  + " it.",
          unreadable);
      context.discard();
    }
    pumpSoon();
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
                + stays.keySet()
                + ". Unsettled events are redelivered; a handler that still runs may overlap.",
        cause);
    reconnect(backoff(null, ++failuresInARow));
    loseAll();
  }

  private void loseAll() {
    List<Assignment> lost = new ArrayList<>();
    List<AmqpDelivery> alone = new ArrayList<>();
    for (Stay stay : stays.values()) {
      AmqpDelivery suspect = stay.lost();
      if (suspect != null) {
        alone.add(suspect);
      }
      lost.add(stay.assignment());
    }
    stays.clear();
    suspects.disconnected();
    if (!lost.isEmpty()) {
      CompletableFuture<Void> ended = intake.lose(lost);
      alone.forEach(suspect -> suspects.left(suspect, ended));
    }
  }

  /** A link is gone, and not by our own doing: its queue was deleted, say, or nobody settled. */
  private void closed(Stay stay, @Nullable Throwable cause) {
    if (stay.isOver() || connection == null || closed.get()) {
      return;
    }
    stays.remove(stay.queue(), stay);
    AmqpDelivery suspect = stay.lost();
    suspects.left(suspect, intake.lose(List.of(stay.assignment())));
    loop.later(() -> detached(stay, cause), FIRST_PAUSE);
  }

  /** When it is known whether the whole connection is gone. */
  private void detached(Stay stay, @Nullable Throwable cause) {
    if (connection != null && !closed.get() && !stays.containsKey(stay.queue())) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-AMQP-014 Subscription "
                  + reception.subscription()
                  + " was detached from the queue "
                  + stay.queue()
                  + "; it attaches again. Unsettled events are redelivered, unless the queue was"
                  + " deleted with them.",
          cause);
      attachAgain(stay, 1);
    }
  }

  private void attachAgain(Stay former, int attempt) {
    Connection at = connection;
    if (at == null || closed.get() || stays.containsKey(former.queue())) {
      return;
    }
    ask(
        at,
        () -> require(at, former),
        () -> {
          if (!stays.containsKey(former.queue())) {
            try {
              attach(at, stay(former.address(), former.queue()));
            } catch (RuntimeException failure) {
              // the session may have ended with it, and all links, without a word of the client's
              drop(failure);
            }
          }
        },
        failure -> {
          if (failure instanceof AmqpEntityDoesNotExistException) {
            Duration delay = backoff(failure, attempt);
            tell(failure, delay);
            loop.later(() -> attachAgain(former, attempt + 1), delay);
          } else {
            drop(failure);
          }
        });
  }

  /** Beside the loop: a queue that is missing would cost the session before 4.3. */
  private void require(Connection at, Stay former) {
    try {
      topology.requireQueue(at.management(), former.queue());
    } catch (AmqpEntityDoesNotExistException missing) {
      if (!topology.createsMissing()) {
        throw missing;
      }
      topology.declareGroup(former.address(), reception.subscription());
    }
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
  private void ask(
      Connection at, Runnable question, Runnable goOn, Consumer<RuntimeException> refusal) {
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

  // ---- for what is looked after beside  // ---- for what is looked after beside

  /** Null if it is lost, and there is no other yet. */
  @Nullable Connection connection() {
    return connection;
  }

  boolean isConnected() {
    return connection != null;
  }

  Collection<Stay> stays() {
    return stays.values();
  }

  /** From any thread. */
  List<String> keyedAddresses() {
    return reception.addresses().stream().filter(layout::isKeyed).toList();
  }

  /**
   * Ends a stay, and begins the next one in its queue, as the last in turn.
   *
   * @param handled completed when what still runs of it has ended
   */
  void attachAnew(Stay stay, CompletableFuture<Void> handled) {
    stays.remove(stay.queue(), stay);
    suspects.left(stay.end(), handled);
    attachAgain(stay, 1);
  }

  private void unwritten(Connection at) {
    if (at == connection) {
      drop(new IllegalStateException("What was written to a stream of suspects is not there"));
    }
  }

  // ---- what is told of failures

  /** Doubling from a tenth of a second to five, or from ten to thirty where we may not enter. */
  private static Duration backoff(@Nullable Throwable failure, int failuresInARow) {
    boolean denied = failure instanceof AmqpSecurityException;
    Duration first = denied ? AFTER_DENIAL : FIRST_PAUSE;
    Duration longest = denied ? LONGEST_AFTER_DENIAL : LONGEST_PAUSE;
    Duration delay = first.multipliedBy(1L << Math.min(failuresInARow - 1, 10));
    return delay.compareTo(longest) < 0 ? delay : longest;
  }

  private void tell(RuntimeException failure, Duration delay) {
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

  // ---- offering and settling

  private void pumpSoon() {
    if (!pumping.getAndSet(true)) {
      loop.run(this::pump);
    }
  }

  private void pump() {
    pumping.set(false);
    // before anything is offered: what becomes free from here on is told again
    if (room.getAndSet(false)) {
      stays.values().forEach(Stay::roomAvailable);
    }
    boolean hindered = false;
    for (Stay stay : List.copyOf(stays.values())) {
      AmqpDelivery suspect = suspects.mayBegin() ? stay.nextSuspect() : null;
      if (suspect != null) {
        suspects.begins(stay, suspect);
      }
      hindered |= stay.offer(intake);
      AmqpDelivery refused = stay.refusedSuspect();
      if (refused != null) {
        suspects.lived(refused);
      }
    }
    if (hindered && !waiting) {
      waiting = true;
      loop.later(
          () -> {
            waiting = false;
            pump();
          },
          SOON);
    }
  }

  /** Beside the loop, on which is told what has become of it. */
  private void move(AmqpDelivery delivery) {
    Ladder to = ladder;
    Instant until = delivery.aside();
    if (to == null || until == null) {
      return; // its stay is over
    }
    AtomicBoolean begun = new AtomicBoolean();
    var unused =
        loop.beside(
                () -> {
                  if (!begun.getAndSet(true)) {
                    to.move(delivery.message(), until, stored -> moved(delivery, stored));
                  }
                })
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) {
                    LOG.log(Level.DEBUG, "Moving what is put aside failed", failure);
                    moved(delivery, false);
                  }
                });
    loop.later(
        () -> {
          if (!begun.getAndSet(true)) {
            moved(delivery, false); // it may be due before the broker answers what is before it
          }
        },
        SILENCE);
  }

  private void moved(AmqpDelivery delivery, boolean stored) {
    loop.run(
        () -> {
          delivery.stay().moved(delivery, stored);
          if (!stored) {
            pumpSoon();
          }
        });
  }

  private void flushSoon() {
    if (!flushing.getAndSet(true)) {
      loop.run(this::flush);
    }
  }

  private void flush() {
    flushing.set(false);
    stays.values().forEach(Stay::flush);
  }

  // ---- from any thread

  @Override
  public void roomAvailable() {
    room.set(true);
    pumpSoon();
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
      Collection<Stay> ending = List.copyOf(stays.values());
      ending.forEach(Stay::release);
      CompletableFuture<Void> handled =
          intake.release(ending.stream().map(Stay::assignment).toList());
      Connection closing = connection;
      ending.forEach(stay -> end(stay, handled));
      loop.endBeside(LAST_WORDS);
      if (closing != null) {
        closing.close();
      }
    } catch (RuntimeException broken) {
      LOG.log(Level.DEBUG, "Closing a connection that is broken", broken);
    } finally {
      stays.clear();
      connection = null;
      ended.countDown();
      loop.end();
    }
  }

  private void end(Stay stay, CompletableFuture<Void> handled) {
    AmqpDelivery suspect = null;
    try {
      suspect = connection == null ? stay.lost() : stay.end();
      if (suspect != null) {
        suspects.lived(suspect);
      }
    } catch (RuntimeException broken) {
      LOG.log(Level.DEBUG, () -> "Leaving " + stay + ", which is broken", broken);
      suspect = suspect == null ? stay.lost() : suspect;
    }
    suspects.left(suspect, handled); // others of the process wait for it
  }

  @Override
  public String toString() {
    return members.toString();
  }
}
