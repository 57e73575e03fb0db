package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;

import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.AmqpException.AmqpSecurityException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Management;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Resource.State;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Receives for one subscription: one thread, which is all that touches its state, and a succession
 * of connections. The client hands its messages out on that thread too.
 */
final class AmqpReceiver implements Receiver {
  /** How many messages of a queue are with us and unsettled, at most. */
  static final int READ_AHEAD = 200;

  private static final Duration CLOSE = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration AFTER_DENIAL = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final String MEMBER = "member";

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final Connections connections;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final Layout layout;
  private final String member = UUID.randomUUID().toString();
  private final ScheduledThreadPoolExecutor loop;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Whether a look at what is held, or settled, is under way already. */
  private final AtomicBoolean pumping = new AtomicBoolean();

  private final AtomicBoolean flushing = new AtomicBoolean();
  private final AtomicBoolean room = new AtomicBoolean();

  // The thread's own.
  private @Nullable Connection connection;
  private final Map<String, Stay> stays = new LinkedHashMap<>();
  private int failuresInARow;

  /** Why it may not receive. */
  private @Nullable String obstacle;

  /** Whether it has declared what is missing since it was last connected. */
  private boolean tried;

  private AmqpReceiver(
      Reception reception,
      Intake intake,
      Connections connections,
      AmqpTopology topology,
      AmqpFailures failures) {
    this.reception = reception;
    this.intake = intake;
    this.connections = connections;
    this.topology = topology;
    this.failures = failures;
    this.layout = topology.layout();
    this.loop =
        new ScheduledThreadPoolExecutor(
            1, task -> new Thread(task, "stagepost-amqp-" + reception.subscription()));
    loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  static AmqpReceiver start(
      Reception reception,
      Intake intake,
      Connections connections,
      AmqpTopology topology,
      AmqpFailures failures) {
    AmqpReceiver receiver = new AmqpReceiver(reception, intake, connections, topology, failures);
    receiver.onLoop(receiver::connect);
    return receiver;
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(() -> guarded(task));
    } catch (RejectedExecutionException ended) {
      // nothing is held any more
    }
  }

  private void later(Runnable task, Duration delay) {
    try {
      var unused = loop.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException ended) {
      // nothing is held any more
    }
  }

  /** What fails unexpectedly costs the connection, with all that hangs on it, and no more. */
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException unexpected) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-AMQP-015 Subscription "
                  + reception.subscription()
                  + " met something unexpected ("
                  + unexpected
                  + "); it connects anew. Nothing is lost: what is unsettled is redelivered.",
          unexpected);
      Connection broken = connection;
      if (broken != null) {
        lost(broken, unexpected);
        broken.close();
      }
    }
  }

  // ---- the connection

  private void connect() {
    if (closed.get()) {
      return;
    }
    try {
      Connection fresh =
          connections.open(
              "subscription " + reception.subscription(),
              loop,
              event -> {
                if (event.currentState() == State.CLOSED) {
                  onLoop(() -> lost((Connection) event.resource(), event.failureCause()));
                }
              });
      connection = fresh;
      for (String address : reception.addresses()) {
        join(fresh, address);
      }
      failuresInARow = 0;
      tried = false;
      blocked(null);
    } catch (RuntimeException failure) {
      Connection broken = connection;
      connection = null;
      loseAll();
      if (broken != null) {
        broken.close();
      }
      if (failure instanceof AmqpEntityDoesNotExistException && declared()) {
        connect();
        return;
      }
      Duration delay = backoff(failure, ++failuresInARow);
      tell(failure, delay);
      later(this::connect, delay);
    }
  }

  /** Something is missing: whether it is ours to declare, and was declared now. */
  private boolean declared() {
    if (!topology.createsMissing() || tried) {
      return false;
    }
    tried = true;
    try {
      reception
          .addresses()
          .forEach(address -> topology.declareGroup(address, reception.subscription()));
      return true;
    } catch (RuntimeException failure) {
      LOG.log(Level.DEBUG, "Declaring what is missing failed", failure);
      return false;
    }
  }

  private void join(Connection at, String address) {
    if (layout.isKeyed(address)) {
      listen(at, address);
    }
    for (String queue : layout.queues(address, reception.subscription())) {
      attach(at, address, queue);
    }
    if (layout.isKeyed(address)) {
      announce(at, address);
    }
  }

  private void attach(Connection at, String address, String queue) {
    Stay stay = new Stay(address, queue, this::flushSoon);
    Consumer consumer =
        at.consumerBuilder()
            .queue(queue)
            .priority(Members.weight(member, queue))
            .initialCredits(READ_AHEAD)
            .messageHandler((context, received) -> received(stay, context, received))
            .listeners(
                event -> {
                  if (event.currentState() == State.CLOSED) {
                    onLoop(() -> closed(stay, event.failureCause()));
                  }
                })
            .build();
    stay.attached(consumer);
    stays.put(queue, stay);
  }

  private void received(
      Stay stay, Consumer.Context context, com.rabbitmq.client.amqp.Message received) {
    try {
      stay.received(
          AmqpBinding.split(AmqpMessages.read(stay.address(), received)),
          AmqpMessages.time(received),
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
                  + ", and leaves it there, unsettled; please report it.",
          unreadable);
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
    loseAll();
    later(this::connect, backoff(null, ++failuresInARow));
  }

  private void loseAll() {
    List<Assignment> lost = new ArrayList<>();
    for (Stay stay : stays.values()) {
      stay.lost();
      lost.add(stay.assignment());
    }
    stays.clear();
    if (!lost.isEmpty()) {
      var unused = intake.lose(lost);
    }
  }

  /** A link is gone, and not by our own doing: its queue was deleted, say, or nobody settled. */
  private void closed(Stay stay, @Nullable Throwable cause) {
    if (stay.isOver() || connection == null || closed.get()) {
      return;
    }
    stays.remove(stay.queue(), stay);
    stay.lost();
    var unused = intake.lose(List.of(stay.assignment()));
    later(() -> detached(stay, cause), FIRST_PAUSE);
  }

  /** When it is known whether the whole connection is gone. */
  private void detached(Stay stay, @Nullable Throwable cause) {
    if (connection != null && !closed.get()) {
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
    try {
      if (topology.createsMissing() && former.isToBeDeclared()) {
        topology.declareGroup(former.address(), reception.subscription());
      }
      topology.requireQueue(at.management(), former.queue());
      attach(at, former.address(), former.queue());
    } catch (AmqpSecurityException denied) { // not of this queue alone, as a rule
      lost(at, denied);
      at.close();
    } catch (RuntimeException failure) {
      Duration delay = backoff(failure, attempt);
      tell(failure, delay);
      later(() -> attachAgain(former, attempt + 1), delay);
    }
  }

  /** Doubling from a tenth of a second, or ten seconds where we may not enter, to half a minute. */
  static Duration backoff(@Nullable Throwable failure, int failuresInARow) {
    Duration first = failure instanceof AmqpSecurityException ? AFTER_DENIAL : FIRST_PAUSE;
    Duration delay = first.multipliedBy(1L << Math.min(failuresInARow - 1, 10));
    return delay.compareTo(LONGEST_PAUSE) < 0 ? delay : LONGEST_PAUSE;
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
      onLoop(this::pump);
    }
  }

  private void pump() {
    pumping.set(false);
    // before anything is offered: what becomes free from here on is told again
    boolean again = room.getAndSet(false);
    for (Stay stay : List.copyOf(stays.values())) {
      stay.offer(intake, again);
    }
  }

  private void flushSoon() {
    if (!flushing.getAndSet(true)) {
      onLoop(this::flush);
    }
  }

  private void flush() {
    flushing.set(false);
    stays.values().forEach(Stay::flush);
  }

  // ---- other members

  /** Hears of members that come. */
  private void listen(Connection at, String address) {
    String control = Layout.control(address, reception.subscription());
    String mine = control + "." + member;
    Management management = at.management();
    management.exchange(control).type(Management.ExchangeType.FANOUT).autoDelete(true).declare();
    management.queue(mine).exclusive(true).autoDelete(true).classic().queue().declare();
    management.binding().sourceExchange(control).destinationQueue(mine).bind();
    var unused =
        at.consumerBuilder()
            .queue(mine)
            .messageHandler(
                (context, message) -> {
                  context.accept();
                  if (message.property(MEMBER) instanceof String other) {
                    came(address, other);
                  }
                })
            .build();
  }

  private void announce(Connection at, String address) {
    Publisher publisher =
        at.publisherBuilder().exchange(Layout.control(address, reception.subscription())).build();
    publisher.publish(
        publisher.message().property(MEMBER, member),
        answer -> onLoop(publisher::close)); // unheard it changes nothing but how soon they yield
  }

  /** Another member has attached to all queues: those where it weighs more are its own now. */
  private void came(String address, String other) {
    if (other.equals(member)) {
      return;
    }
    List<Stay> yielding = new ArrayList<>();
    for (Stay stay : stays.values()) {
      String queue = stay.queue();
      if (stay.address().equals(address)
          && stay.assignment().isHeld()
          && Members.weight(other, queue) > Members.weight(member, queue)) {
        yielding.add(stay);
      }
    }
    yielding.forEach(this::giveUp);
  }

  /** Starts nothing more of it, and gives it up when what runs has ended. */
  private void giveUp(Stay stay) {
    stay.release();
    AtomicBoolean over = new AtomicBoolean();
    var unused =
        intake
            .release(List.of(stay.assignment()))
            .thenRun(() -> onLoop(() -> handOver(stay, over)));
    later(() -> overdue(stay, over), reception.drain());
  }

  private void overdue(Stay stay, AtomicBoolean over) {
    if (over.get() || stay.isOver()) {
      return;
    }
    var unused = intake.lose(List.of(stay.assignment()));
    LOG.log(
        Level.WARNING,
        () ->
            "SP-AMQP-016 Subscription "
                + reception.subscription()
                + " hands over "
                + stay
                + " while handlers of its events still run, after waiting for "
                + reception.drain()
                + ": such an event is redelivered and may overlap. Raise Limits.drain(...) or make"
                + " the handler quicker.");
    handOver(stay, over);
  }

  private void handOver(Stay stay, AtomicBoolean over) {
    Connection at = connection;
    if (over.getAndSet(true) || stay.isOver() || at == null) {
      return;
    }
    stays.remove(stay.queue(), stay);
    stay.end();
    LOG.log(Level.INFO, () -> "Subscription " + reception.subscription() + ": handed over " + stay);
    attachAgain(stay, 1);
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
      onLoop(this::end);
    }
    if (Thread.currentThread().getName().equals("stagepost-amqp-" + reception.subscription())) {
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
      var unused = intake.release(ending.stream().map(Stay::assignment).toList());
      Connection closing = connection;
      if (closing != null) {
        try {
          ending.forEach(Stay::end);
        } finally {
          closing.close();
        }
      }
    } catch (RuntimeException broken) {
      LOG.log(Level.DEBUG, "Closing a connection that is broken", broken);
    } finally {
      stays.clear();
      connection = null;
      ended.countDown();
      loop.shutdown();
    }
  }

  @Override
  public String toString() {
    return requireNonNull(reception.subscription());
  }
}
