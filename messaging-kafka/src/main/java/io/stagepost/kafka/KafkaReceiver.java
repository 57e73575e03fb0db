package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.jspecify.annotations.Nullable;

/**
 * The thread that receives for one subscription, from the first membership to {@link #close()}. The
 * state diagram is in the package's documentation. Thread-safe.
 */
final class KafkaReceiver implements Receiver {
  private static final Duration CLOSE = Duration.ofSeconds(15);
  private static final Duration FENCED = Duration.ofMinutes(5);
  private static final Duration STABLE = Duration.ofMinutes(1);

  /** Who may not fetch is told so by the first answers after it has joined. */
  private static final Duration PROVED = Duration.ofSeconds(2);

  private static final Logger LOG = System.getLogger("io.stagepost.kafka.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final ClientProperties properties;
  private final KafkaFailures failures;
  private final Semaphore process;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicReference<@Nullable Membership> membership = new AtomicReference<>();

  // Only the thread touches these.

  /** Why it may not receive, as told to the intake. */
  private @Nullable String obstacle;

  private int failuresInARow;

  private KafkaReceiver(
      Reception reception,
      Intake intake,
      ClientProperties properties,
      KafkaFailures failures,
      Semaphore process) {
    this.reception = reception;
    this.intake = intake;
    this.properties = properties;
    this.failures = failures;
    this.process = process;
    this.thread = new Thread(this::receive, "stagepost-kafka-" + reception.subscription());
  }

  /** Starts to receive; fails at once if no consumer can be made of the properties. */
  static KafkaReceiver start(
      Reception reception,
      Intake intake,
      ClientProperties properties,
      KafkaFailures failures,
      Semaphore process) {
    KafkaReceiver receiver = new KafkaReceiver(reception, intake, properties, failures, process);
    receiver.membership.set(receiver.join());
    receiver.thread.start();
    return receiver;
  }

  private Membership join() {
    try {
      return new Membership(
          new Proving(properties.forReceiver(reception.subscription())),
          reception,
          intake,
          properties.maxPollInterval(),
          process);
    } catch (KafkaException unusable) {
      throw failures.client("consumer", unusable);
    }
  }

  // ---- the thread ------------------------------------------------------------------------------

  private void receive() {
    while (isOpen()) {
      long began = System.nanoTime();
      Throwable failure = belong();
      if (failure != null && isOpen()) {
        boolean stable = System.nanoTime() - began > STABLE.toNanos();
        failuresInARow = stable ? 1 : failuresInARow + 1;
        Duration delay = backoff(failure, failuresInARow);
        tell(failure, delay);
        pause(delay);
      }
    }
  }

  /**
   * One membership, from beginning to end. Returns what ended it; null if that was {@link #close}.
   */
  private @Nullable Throwable belong() {
    Throwable cause = null;
    Membership current = membership.get();
    try {
      if (current == null) {
        current = join();
        membership.set(current);
        if (!isOpen()) {
          current.stop(); // in case close() did not see it
        }
      }
      current.run();
    } catch (Throwable unexpected) {
      cause = unexpected;
    }
    if (cause != null && Thread.interrupted()) {
      LOG.log(
          Level.WARNING,
          "Subscription {0}: its receiving thread was interrupted",
          reception.subscription());
    }
    try {
      if (current != null) {
        if (cause instanceof FencedInstanceIdException) {
          current.lostAll();
        }
        current.end();
      }
    } catch (Throwable alsoUnexpected) {
      if (cause == null) {
        cause = alsoUnexpected;
      } else {
        cause.addSuppressed(alsoUnexpected);
      }
    }
    membership.set(null);
    return cause;
  }

  private void tell(Throwable failure, Duration delay) {
    String reason = failures.blocking(reception.subscription(), reception.addresses(), failure);
    if (reason != null) {
      LOG.log(Level.DEBUG, reason, failure);
      blocked(reason);
      return;
    }
    if (KafkaFailures.isFenced(failure)) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-KAFKA-036 Subscription "
                  + reception.subscription()
                  + " is kept out of its group, in which another member has the same"
                  + " group.instance.id, "
                  + properties.forReceiver(reception.subscription()).get("group.instance.id")
                  + " ("
                  + failure.getClass().getSimpleName()
                  + "). Give each process one of its own. It tries again in "
                  + delay
                  + ".",
          failure);
    } else {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-KAFKA-033 Subscription "
                  + reception.subscription()
                  + " left its group because of an unexpected failure; it joins again in "
                  + delay
                  + ". Nothing is lost: what is unsettled is redelivered.",
          failure);
    }
  }

  /** Told when it changes: who is denied tries again and again. */
  private void blocked(@Nullable String reason) {
    if (!Objects.equals(reason, obstacle)) {
      obstacle = reason;
      intake.blocked(reason);
    }
  }

  /** A consumer that notices when, having been denied, it is let in. */
  private final class Proving extends KafkaConsumer<byte @Nullable [], byte @Nullable []> {
    private long joined;

    Proving(Map<String, Object> properties) {
      super(properties);
    }

    @Override
    public ConsumerRecords<byte @Nullable [], byte @Nullable []> poll(Duration timeout) {
      ConsumerRecords<byte @Nullable [], byte @Nullable []> records = super.poll(timeout);
      if (obstacle != null && (!records.isEmpty() || isProved())) {
        blocked(null);
        failuresInARow = 0;
      }
      return records;
    }

    private boolean isProved() {
      if (groupMetadata().generationId() < 0) {
        return false;
      }
      if (joined == 0) {
        joined = System.nanoTime();
      }
      return System.nanoTime() - joined > PROVED.toNanos();
    }
  }

  /**
   * Doubling from a second, or five where access is denied, to a minute. Whoever was fenced waits
   * longer: by joining again it would fence the other in turn.
   */
  static Duration backoff(Throwable failure, int failuresInARow) {
    if (failure instanceof FencedInstanceIdException) {
      return FENCED;
    }
    long seconds = KafkaFailures.isDenied(failure) ? 5 : 1;
    return Duration.ofSeconds(Math.min(60, seconds << Math.min(failuresInARow - 1, 10)));
  }

  private void pause(Duration delay) {
    try {
      boolean unused = closing.await(delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      // Nobody but close() ends this thread: it goes on, a little earlier.
      LOG.log(
          Level.WARNING,
          "Subscription {0}: its receiving thread was interrupted",
          reception.subscription());
    }
  }

  private boolean isOpen() {
    return closing.getCount() > 0;
  }

  // ---- from any thread -------------------------------------------------------------------------

  @Override
  public void roomAvailable() {
    Membership current = membership.get();
    if (current != null) {
      current.roomAvailable();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    Membership current = membership.get();
    if (current != null) {
      current.stop();
    }
    if (Thread.currentThread() == thread) {
      return; // called from its own intake: it ends when the loop comes round
    }
    try {
      thread.join(CLOSE.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.log(
          Level.WARNING,
          () ->
              "SP-KAFKA-035 Subscription "
                  + reception.subscription()
                  + " has not left its group within "
                  + CLOSE
                  + "; it goes on trying in the background. Check the broker at "
                  + properties.bootstrapServers()
                  + ".");
    }
  }

  @Override
  public String toString() {
    return requireNonNull(thread.getName());
  }
}
