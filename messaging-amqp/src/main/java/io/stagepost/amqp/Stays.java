package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.ConsumerBuilder;
import com.rabbitmq.client.amqp.Resource.State;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Intake;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver is attached to: attaches to queues, takes what comes, offers it, tells what was
 * settled, and attaches again to what it was detached from. Belongs to the loop, but for what is
 * said to be from any thread.
 */
final class Stays {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  /** How soon it is looked again whether the process is free. */
  private static final Duration SOON = Duration.ofMillis(50);

  /** How long what is put aside may wait until the broker takes it in. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final String OFFSET = "x-stream-offset";

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final AmqpTopology topology;
  private final Layout layout;
  private final OwnProcess process;
  private final Loop loop;
  private final AmqpReceiver receiver;
  private final Suspects suspects;

  private final Map<String, Stay> byQueue = new LinkedHashMap<>();
  private final Map<String, StreamPosition> positions = new HashMap<>();

  /** Of the connection; null if its broker needs none. */
  private @Nullable Ladder ladder;

  /** Whether it has been told of this connection that what is deferred is held. */
  private boolean holdingTold;

  /** Whether it will look soon whether the process is free. */
  private boolean waiting;

  // Of any thread: whether a look at what is held, or settled, is under way already.
  private final AtomicBoolean pumping = new AtomicBoolean();
  private final AtomicBoolean flushing = new AtomicBoolean();
  private final AtomicBoolean room = new AtomicBoolean();

  /** None yet. */
  Stays(
      Reception reception,
      Intake intake,
      AmqpTopology topology,
      OwnProcess process,
      Loop loop,
      AmqpReceiver receiver) {
    this.reception = reception;
    this.intake = intake;
    this.topology = topology;
    this.layout = topology.layout();
    this.process = process;
    this.loop = loop;
    this.receiver = receiver;
    this.suspects =
        new Suspects(
            reception.subscription(), topology, process, loop, this::pumpSoon, receiver::unwritten);
  }

  Collection<Stay> all() {
    return byQueue.values();
  }

  /** There is a connection, to attach on. */
  void connected(Connection at) {
    ladder = Ladder.isNeeded(at) ? new Ladder(at, reception.subscription(), topology) : null;
    holdingTold = false;
    suspects.connected(at);
  }

  // ---- attached

  /** Attaches to all queues to which it is not attached. */
  void attach(Connection at) {
    for (String address : reception.addresses()) {
      for (String queue : layout.queues(address, reception.subscription())) {
        if (!byQueue.containsKey(queue)) {
          attach(at, stay(address, queue));
        }
      }
    }
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
    Consumer consumer =
        (position == null ? builder : position.begin(builder.stream()).builder()).build();
    boolean moving = ladder != null;
    stay.attached(consumer, !moving || layout.isKeyed(stay.address()), moving);
    LOG.log(Level.DEBUG, () -> receiver + " is attached to " + stay);
    byQueue.put(queue, stay);
  }

  private void received(
      Stay stay, Consumer.Context context, com.rabbitmq.client.amqp.Message received) {
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

  /** A link is gone, and not by our own doing: its queue was deleted, say, or nobody settled. */
  private void closed(Stay stay, @Nullable Throwable cause) {
    if (stay.isOver() || !receiver.isReceiving()) {
      return;
    }
    byQueue.remove(stay.queue(), stay);
    AmqpDelivery suspect = stay.lost();
    suspects.left(suspect, intake.lose(List.of(stay.assignment())));
    loop.later(() -> detached(stay, cause), FIRST_PAUSE);
  }

  /** When it is known whether the whole connection is gone. */
  private void detached(Stay stay, @Nullable Throwable cause) {
    if (receiver.isReceiving() && !byQueue.containsKey(stay.queue())) {
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
    Connection at = receiver.connection();
    if (at == null || !receiver.isReceiving() || byQueue.containsKey(former.queue())) {
      return;
    }
    receiver.ask(
        at,
        () -> require(at, former),
        () -> {
          if (!byQueue.containsKey(former.queue())) {
            try {
              attach(at, stay(former.address(), former.queue()));
            } catch (RuntimeException failure) {
              // the session may have ended with it, and all links, without a word of the client's
              receiver.drop(failure);
            }
          }
        },
        failure -> {
          if (failure instanceof AmqpEntityDoesNotExistException) {
            Duration delay = AmqpReceiver.backoff(failure, attempt);
            receiver.tell(failure, delay);
            loop.later(() -> attachAgain(former, attempt + 1), delay);
          } else {
            receiver.drop(failure);
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

  /**
   * Ends a stay, and begins the next one in its queue, as the last in turn.
   *
   * @param handled completed when what still runs of it has ended
   */
  void attachAnew(Stay stay, CompletableFuture<Void> handled) {
    byQueue.remove(stay.queue(), stay);
    AmqpDelivery suspect;
    try {
      suspect = stay.end();
    } catch (RuntimeException broken) {
      suspects.left(stay.lost(), handled); // others of the process wait for it
      throw broken; // which costs the connection
    }
    suspects.left(suspect, handled);
    attachAgain(stay, 1);
  }

  // ---- given back

  /** The connection is gone, and with it all that was received and is not settled. */
  void lose() {
    List<Assignment> lost = new ArrayList<>();
    List<AmqpDelivery> alone = new ArrayList<>();
    for (Stay stay : byQueue.values()) {
      AmqpDelivery suspect = stay.lost();
      if (suspect != null) {
        alone.add(suspect);
      }
      lost.add(stay.assignment());
    }
    byQueue.clear();
    suspects.disconnected();
    if (!lost.isEmpty()) {
      CompletableFuture<Void> ended = intake.lose(lost);
      alone.forEach(suspect -> suspects.left(suspect, ended));
    }
  }

  /** Gives everything back, or leaves it, if the connection is gone. */
  void end(boolean connected) {
    Collection<Stay> ending = List.copyOf(byQueue.values());
    byQueue.clear();
    ending.forEach(Stay::release);
    CompletableFuture<Void> handled =
        intake.release(ending.stream().map(Stay::assignment).toList());
    ending.forEach(stay -> end(stay, connected, handled));
  }

  private void end(Stay stay, boolean connected, CompletableFuture<Void> handled) {
    AmqpDelivery suspect = null;
    try {
      suspect = connected ? stay.end() : stay.lost();
      if (suspect != null) {
        suspects.lived(suspect);
      }
    } catch (RuntimeException broken) {
      LOG.log(Level.DEBUG, () -> "Leaving " + stay + ", which is broken", broken);
      suspect = suspect == null ? stay.lost() : suspect;
    }
    suspects.left(suspect, handled); // others of the process wait for it
  }

  // ---- offering and settling

  /** The intake has room again. From any thread. */
  void roomAvailable() {
    room.set(true);
    pumpSoon();
  }

  private void pumpSoon() {
    if (!pumping.getAndSet(true)) {
      loop.run(this::pump);
    }
  }

  private void pump() {
    pumping.set(false);
    // before anything is offered: what becomes free from here on is told again
    if (room.getAndSet(false)) {
      byQueue.values().forEach(Stay::roomAvailable);
    }
    boolean hindered = false;
    for (Stay stay : List.copyOf(byQueue.values())) {
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
                    to.move(delivery.message(), until, why -> moved(delivery, why));
                  }
                })
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) {
                    LOG.log(Level.DEBUG, "Moving what is put aside failed", failure);
                    moved(delivery, failure.toString());
                  }
                });
    loop.later(
        () -> {
          if (!begun.getAndSet(true)) {
            // it may be due before the broker answers what is before it
            moved(delivery, "the broker has not answered what was asked before it for " + PATIENCE);
          }
        },
        PATIENCE);
  }

  /** Why it could not be; null if it is. */
  private void moved(AmqpDelivery delivery, @Nullable String why) {
    loop.run(
        () -> {
          Stay stay = delivery.stay();
          stay.moved(delivery, why == null);
          if (why == null) {
            return;
          }
          if (stay.canPutAside()) {
            stay.hold(true);
            loop.later(() -> stay.hold(false), Ladder.HOLDING);
            tellHolding(why);
          }
          pumpSoon();
        });
  }

  private void tellHolding(String why) {
    LOG.log(
        holdingTold ? Level.DEBUG : Level.WARNING,
        () ->
            "SP-AMQP-054 Subscription "
                + reception.subscription()
                + " holds what is deferred, since it cannot be moved to where the broker keeps it ("
                + why
                + "); it tries again every minute. Meanwhile a long delay may hold up a shorter one."
                + " End the broker's alarm; or create the queue, or let the transport do so"
                + " (Topology.AUTO_CREATE).");
    holdingTold = true;
  }

  private void flushSoon() {
    if (!flushing.getAndSet(true)) {
      loop.run(this::flush);
    }
  }

  private void flush() {
    flushing.set(false);
    byQueue.values().forEach(Stay::flush);
  }

  @Override
  public String toString() {
    return byQueue.keySet().toString();
  }
}
