package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.AmqpException.AmqpSecurityException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.ConsumerBuilder;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Receives for one subscription: one thread, which is all that touches its state, and a succession
 * of connections. The client hands its messages out on that thread too.
 */
final class AmqpReceiver implements Receiver {
  private static final Duration CLOSE = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration AFTER_DENIAL = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_AFTER_DENIAL = Duration.ofSeconds(30);

  /** How often it says that it is there, and looks whether a queue has been forgotten. */
  private static final Duration LOOK = Duration.ofSeconds(10);

  /** How soon it is looked again whether the process is free. */
  private static final Duration SOON = Duration.ofMillis(50);

  private static final String MEMBER = "member";
  private static final String OFFSET = "x-stream-offset";
  private static final String NEW = "new";

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final Connections connections;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final Layout layout;
  private final OwnProcess process;
  private final String member = UUID.randomUUID().toString();
  private final ScheduledThreadPoolExecutor loop;

  /** For what the broker may leave without an answer for long, while it goes on delivering. */
  private final ExecutorService lookout;

  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable Thread thread;

  /** Whether a look at what is held, or settled, is under way already. */
  private final AtomicBoolean pumping = new AtomicBoolean();

  private final AtomicBoolean flushing = new AtomicBoolean();
  private final AtomicBoolean room = new AtomicBoolean();

  // The thread's own.
  private @Nullable Connection connection;
  private final Map<String, Stay> stays = new LinkedHashMap<>();

  /** By queue, how often in a row it was looked and nothing had come. */
  private final Map<String, Integer> quiet = new HashMap<>();

  private final Map<String, StreamPosition> positions = new HashMap<>();

  /** By address; null where its stream is missing. */
  private final Map<String, @Nullable Evidence> evidence = new HashMap<>();

  private final List<AmqpDelivery> survivors = new ArrayList<>();
  private int failuresInARow;
  private boolean reconnecting;

  /** Whether it has been told since the last connection that something is suspect. */
  private boolean suspicious;

  /** Why it may not receive. */
  private @Nullable String obstacle;

  /** Whether it has declared what is missing since it was last connected. */
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
    this.loop =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread own = new Thread(task, "stagepost-amqp-" + reception.subscription());
              thread = own;
              return own;
            });
    loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.lookout =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread own = new Thread(task, "stagepost-amqp-lookout-" + reception.subscription());
              own.setDaemon(true);
              return own;
            });
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
    receiver.onLoop(receiver::connect);
    receiver.later(receiver::look, LOOK);
    return receiver;
  }

  private void onLookout(Runnable task) {
    try {
      lookout.execute(task);
    } catch (RejectedExecutionException ended) {
      // nobody is to be told any more
    }
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
    } catch (RuntimeException | Error unexpected) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-AMQP-015 Subscription "
                  + reception.subscription()
                  + " met something unexpected ("
                  + unexpected
                  + "); it connects anew. Nothing is lost: what is unsettled is redelivered.",
          unexpected);
      try {
        drop(unexpected);
      } finally {
        if (connection == null) {
          reconnect(FIRST_PAUSE);
        }
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
      later(this::connect, delay);
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
                  onLoop(() -> lost((Connection) event.resource(), event.failureCause()));
                }
              });
      connection = fresh;
      survivors.forEach(this::lived);
      survivors.clear();
      for (String address : reception.addresses()) {
        join(fresh, address);
      }
      failuresInARow = 0;
      tried = false;
      blocked(null);
    } catch (RuntimeException failure) {
      Connection broken = connection;
      connection = null;
      boolean mended = failure instanceof AmqpEntityDoesNotExistException && declared();
      Duration delay = mended ? Duration.ZERO : backoff(failure, ++failuresInARow);
      reconnect(delay);
      loseAll();
      if (!mended) {
        tell(failure, delay);
      }
      if (broken != null) {
        broken.close();
      }
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
      attach(at, stay(address, queue));
    }
    if (layout.isKeyed(address)) {
      announce(at, address, true);
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
        this::lived,
        this::flushSoon);
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
                    onLoop(() -> closed(stay, event.failureCause()));
                  }
                });
    StreamPosition position = stay.position();
    Consumer consumer =
        (position == null ? builder : position.begin(builder.stream()).builder()).build();
    stay.attached(consumer, putsAside(at));
    LOG.log(Level.DEBUG, () -> this + " is attached to " + stay);
    stays.put(queue, stay);
  }

  /** Since RabbitMQ 4.3; before, the broker takes no notice of the time, and delivers at once. */
  private static boolean putsAside(Connection at) {
    Matcher version = VERSION.matcher(at.connectionInfo().brokerVersion());
    if (!version.lookingAt()) {
      return false;
    }
    int major = Integer.parseInt(version.group(1));
    return major > 4 || (major == 4 && Integer.parseInt(version.group(2)) >= 3);
  }

  private void received(
      Stay stay, Consumer.Context context, com.rabbitmq.client.amqp.Message received) {
    try {
      stay.received(
          AmqpBinding.split(AmqpMessages.read(stay.address(), received)),
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
    List<AmqpDelivery> suspects = new ArrayList<>();
    for (Stay stay : stays.values()) {
      AmqpDelivery suspect = stay.lost();
      if (suspect != null) {
        suspects.add(suspect);
      }
      lost.add(stay.assignment());
    }
    stays.clear();
    evidence.clear();
    suspicious = false;
    if (!lost.isEmpty()) {
      CompletableFuture<Void> ended = intake.lose(lost);
      suspects.forEach(suspect -> leave(suspect, ended));
    }
  }

  /** A link is gone, and not by our own doing: its queue was deleted, say, or nobody settled. */
  private void closed(Stay stay, @Nullable Throwable cause) {
    if (stay.isOver() || connection == null || closed.get()) {
      return;
    }
    stays.remove(stay.queue(), stay);
    AmqpDelivery suspect = stay.lost();
    leave(suspect, intake.lose(List.of(stay.assignment())));
    later(() -> detached(stay, cause), FIRST_PAUSE);
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
    try {
      try {
        topology.requireQueue(at.management(), former.queue());
      } catch (AmqpEntityDoesNotExistException missing) {
        if (!topology.createsMissing()) {
          throw missing;
        }
        topology.declareGroup(former.address(), reception.subscription());
      }
      attach(at, stay(former.address(), former.queue()));
    } catch (AmqpEntityDoesNotExistException missing) {
      Duration delay = backoff(missing, attempt);
      tell(missing, delay);
      later(() -> attachAgain(former, attempt + 1), delay);
    } catch (RuntimeException failure) {
      // the session may have ended with it, and with that all links, without a word of the client's
      drop(failure);
    }
  }

  // ---- the look-out

  /**
   * Tells the other members that it is there, and looks for queues that have been forgotten:
   * messages are ready there, and nothing comes. The client keeps to itself that a session has
   * ended: attaching again finds out. If another member is active there, and slow, nothing is lost
   * by it.
   */
  private void look() {
    if (closed.get()) {
      return;
    }
    Connection at = connection;
    List<Stay> silent = new ArrayList<>();
    for (Stay stay : stays.values()) {
      if (stay.position() != null) {
        continue;
      }
      if (!stay.isIdle()) {
        quiet.remove(stay.queue());
      } else if (isTurn(quiet.merge(stay.queue(), 1, Integer::sum))) {
        silent.add(stay);
      }
    }
    onLookout(
        () -> {
          if (at != null) {
            lookOut(at, silent);
          }
          later(this::look, LOOK);
        });
  }

  /** Beside the loop: while the broker has an alarm, whatever is sent to it waits. */
  private void lookOut(Connection at, List<Stay> silent) {
    try {
      for (String address : reception.addresses()) {
        if (layout.isKeyed(address)) {
          announce(at, address, false);
        }
      }
      for (Stay stay : silent) {
        if (isForgotten(at, stay)) {
          onLoop(() -> forgotten(at, stay));
        }
      }
    } catch (RuntimeException failure) {
      onLoop(
          () -> {
            if (at == connection) {
              throw failure;
            }
          });
    }
  }

  private void forgotten(Connection at, Stay stay) {
    if (at == connection && stays.get(stay.queue()) == stay && stay.isIdle()) {
      LOG.log(Level.INFO, () -> this + " gets nothing from " + stay + ", and attaches again");
      stays.remove(stay.queue(), stay);
      leave(stay.end(), CompletableFuture.completedFuture(null));
      attachAgain(stay, 1);
    }
  }

  /**
   * At the second idle look, the fourth, the eighth: who attaches again is the last in turn, and
   * would never have its turn if it did so each time.
   */
  private static boolean isTurn(int looks) {
    return looks > 1 && Integer.bitCount(looks) == 1;
  }

  private boolean isForgotten(Connection at, Stay stay) {
    try {
      return topology.ready(at.management(), stay.queue()) > 0;
    } catch (AmqpEntityDoesNotExistException deleted) {
      return false; // which ends the link
    }
  }

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
      onLoop(this::pump);
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
      AmqpDelivery suspect = stay.nextSuspect();
      if (suspect != null) {
        begins(stay, suspect);
      }
      hindered |= stay.offer(intake);
      AmqpDelivery refused = stay.refusedSuspect();
      if (refused != null) {
        lived(refused);
      }
    }
    if (hindered && !waiting) {
      waiting = true;
      later(
          () -> {
            waiting = false;
            pump();
          },
          SOON);
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

  // ---- what may kill the process

  private void begins(Stay stay, AmqpDelivery suspect) {
    LOG.log(
        suspicious ? Level.DEBUG : Level.WARNING,
        () ->
            "SP-AMQP-050 Subscription "
                + reception.subscription()
                + ": "
                + Stay.SUSPICIOUS
                + " connections or more were lost while "
                + suspect
                + " was unsettled; it and others like it are handled while nothing else begins in this"
                + " process.");
    suspicious = true;
    Evidence written = evidence(stay.address());
    if (written == null) {
      stay.witnessed(suspect, 0);
      return;
    }
    String identity = Evidence.identity(suspect.message());
    written.begins(
        identity,
        deaths -> {
          stay.witnessed(suspect, deaths);
          pumpSoon();
        });
    Connection at = connection;
    later(
        () -> {
          if (at != null && written.isAwaited(identity)) {
            unwritten(at);
          }
        },
        LOOK);
  }

  private void lived(AmqpDelivery suspect) {
    pumpSoon();
    Evidence written = evidence(suspect.address());
    if (written != null) {
      written.ended(Evidence.identity(suspect.message()));
    }
  }

  /** What is given back, or lost, has the process until its handler has ended. */
  private void leave(@Nullable AmqpDelivery suspect, CompletableFuture<Void> handled) {
    if (suspect != null) {
      var unused =
          handled.thenRun(
              () -> {
                process.alone().release();
                onLoop(() -> survived(suspect));
              });
    }
  }

  /** It did not kill us; that is written down now, or on the next connection. */
  private void survived(AmqpDelivery suspect) {
    if (connection == null) {
      survivors.add(suspect);
    } else {
      lived(suspect);
    }
  }

  /** Where it is written down; null if there is no place for it, so that nobody can be blamed. */
  private @Nullable Evidence evidence(String address) {
    Connection at = connection;
    if (at == null || evidence.containsKey(address)) {
      return evidence.get(address);
    }
    String stream = Layout.evidence(address, reception.subscription());
    Evidence opened = null;
    try {
      topology.requireQueue(at.management(), stream);
      opened = new Evidence(at, stream, process.id(), () -> onLoop(() -> unwritten(at)));
    } catch (AmqpEntityDoesNotExistException missing) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-AMQP-052 Subscription "
                  + reception.subscription()
                  + " cannot find out what kills its process: the stream "
                  + stream
                  + " does not exist. Create it, or let the transport do so"
                  + " (Topology.AUTO_CREATE).");
    }
    evidence.put(address, opened);
    return opened;
  }

  private void unwritten(Connection at) {
    if (at == connection) {
      drop(new IllegalStateException("What was written to a stream of suspects is not there"));
    }
  }

  // ---- other members

  /** Hears of the other members. */
  private void listen(Connection at, String address) {
    String control = Layout.control(address, reception.subscription());
    String mine = control + "." + UUID.randomUUID(); // a former connection may still have its own
    Management management = at.management();
    management.queue(mine).exclusive(true).autoDelete(true).classic().queue().declare();
    management.binding().sourceExchange(control).destinationQueue(mine).bind();
    var unused =
        at.consumerBuilder()
            .queue(mine)
            .messageHandler(
                (context, message) -> {
                  context.accept();
                  if (message.property(MEMBER) instanceof String other && !other.equals(member)) {
                    heard(address, other, Boolean.TRUE.equals(message.property(NEW)));
                  }
                })
            .build();
  }

  private void announce(Connection at, String address, boolean isNew) {
    Publisher publisher =
        at.publisherBuilder().exchange(Layout.control(address, reception.subscription())).build();
    try {
      publisher.publish(
          publisher.message().property(MEMBER, member).property(NEW, isNew),
          answer -> onLoop(publisher::close)); // unheard it is said again
    } catch (AmqpException unheard) {
      LOG.log(Level.DEBUG, "The broker takes nothing in", unheard);
      publisher.close();
    }
  }

  /**
   * Another member is attached to all queues: those where it weighs more are its own. One that is
   * new comes before us there when we leave, wherever we stand; of the others we know only that
   * they are behind us where we have got something.
   */
  private void heard(String address, String other, boolean isNew) {
    List<Stay> yielding = new ArrayList<>();
    for (Stay stay : stays.values()) {
      String queue = stay.queue();
      if (stay.address().equals(address)
          && (isNew || stay.hasReceived())
          && Members.weight(other, queue) > Members.weight(member, queue)) {
        yielding.add(stay);
      }
    }
    yielding.forEach(stay -> giveUp(stay));
  }

  /** Starts nothing more of it, and gives it up when what runs has ended. */
  private void giveUp(Stay stay) {
    if (!stay.assignment().isHeld()) {
      return;
    }
    LOG.log(Level.DEBUG, () -> this + " gives up " + stay);
    stay.release();
    AtomicBoolean over = new AtomicBoolean();
    var unused =
        intake
            .release(List.of(stay.assignment()))
            .thenRun(
                () -> onLoop(() -> handOver(stay, CompletableFuture.completedFuture(null), over)));
    later(() -> overdue(stay, over), reception.drain());
  }

  private void overdue(Stay stay, AtomicBoolean over) {
    if (over.get() || stay.isOver()) {
      return;
    }
    CompletableFuture<Void> handled = intake.lose(List.of(stay.assignment()));
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
    handOver(stay, handled, over);
  }

  private void handOver(Stay stay, CompletableFuture<Void> handled, AtomicBoolean over) {
    Connection at = connection;
    if (over.getAndSet(true) || stay.isOver() || at == null) {
      return;
    }
    stays.remove(stay.queue(), stay);
    leave(stay.end(), handled);
    LOG.log(Level.DEBUG, () -> this + " hands over " + stay);
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
    if (Thread.currentThread() == thread) {
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
      if (closing != null) {
        closing.close();
      }
    } catch (RuntimeException broken) {
      LOG.log(Level.DEBUG, "Closing a connection that is broken", broken);
    } finally {
      stays.clear();
      connection = null;
      ended.countDown();
      loop.shutdown();
      lookout.shutdown();
    }
  }

  private void end(Stay stay, CompletableFuture<Void> handled) {
    AmqpDelivery suspect = null;
    try {
      suspect = connection == null ? stay.lost() : stay.end();
      if (suspect != null) {
        lived(suspect);
      }
    } catch (RuntimeException broken) {
      LOG.log(Level.DEBUG, () -> "Leaving " + stay + ", which is broken", broken);
      suspect = suspect == null ? stay.lost() : suspect;
    }
    leave(suspect, handled); // others of the process wait for it
  }

  @Override
  public String toString() {
    return "member " + member + " of " + reception.subscription();
  }
}
