package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import io.stagepost.spi.Intake;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
  private static final Logger LOG = System.getLogger("io.stagepost.kafka.Receiver");

  private final Reception reception;
  private final Intake intake;
  private final ClientProperties properties;
  private final KafkaFailures failures;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicReference<@Nullable Membership> membership = new AtomicReference<>();

  private KafkaReceiver(
      Reception reception, Intake intake, ClientProperties properties, KafkaFailures failures) {
    this.reception = reception;
    this.intake = intake;
    this.properties = properties;
    this.failures = failures;
    this.thread = new Thread(this::receive, "stagepost-kafka-" + reception.subscription());
  }

  /** Starts to receive; fails at once if no consumer can be made of the properties. */
  static KafkaReceiver start(
      Reception reception, Intake intake, ClientProperties properties, KafkaFailures failures) {
    KafkaReceiver receiver = new KafkaReceiver(reception, intake, properties, failures);
    receiver.membership.set(receiver.join());
    receiver.thread.start();
    return receiver;
  }

  private Membership join() {
    try {
      return new Membership(
          new KafkaConsumer<>(properties.forReceiver(reception.subscription())),
          reception,
          intake,
          properties.maxPollInterval());
    } catch (KafkaException unusable) {
      throw failures.client("consumer", unusable);
    }
  }

  // ---- the thread ------------------------------------------------------------------------------

  private void receive() {
    int failuresInARow = 0;
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
    if (KafkaFailures.isDenied(failure)) {
      LOG.log(
          Level.ERROR,
          () ->
              "SP-KAFKA-034 Subscription "
                  + reception.subscription()
                  + " may not read "
                  + reception.addresses()
                  + " at "
                  + properties.bootstrapServers()
                  + " ("
                  + failure.getClass().getSimpleName()
                  + "). Check its credentials and its ACLs: READ and DESCRIBE on the topics, READ on"
                  + " the group. It tries again in "
                  + delay
                  + ".",
          failure);
    } else if (KafkaFailures.isFenced(failure)) {
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

  /**
   * Doubling from a second, or ten where access is denied, to a minute. Whoever was fenced waits
   * longer: by joining again it would fence the other in turn.
   */
  static Duration backoff(Throwable failure, int failuresInARow) {
    if (failure instanceof FencedInstanceIdException) {
      return FENCED;
    }
    long seconds = KafkaFailures.isDenied(failure) ? 10 : 1;
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
