package io.stagepost.kafka;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.kafka.KafkaFailures.Finding;
import io.stagepost.kafka.Topics.Known;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Sends through one idempotent producer. Thread-safe.
 *
 * <p>A producer whose credentials were refused when it asked for its producer id never asks again,
 * and lets every send expire. Another takes its place.
 *
 * <p>Of the timeout, one half may pass until the topic is known to exist, the other half until the
 * producer has room; the producer's own delivery timeout is the whole. Only a send that had to wait
 * for the former two needs a timer, to complete in time nevertheless.
 *
 * <p>A key's partition is Kafka's own choice (murmur2 of its bytes), of those partitions that are
 * known to serve: what is added to a topic later is used once all of it does ({@link Topics}). What
 * has no key the producer spreads, as it does by default, but for that moment.
 *
 * <p>The producer completes sends on its one network thread. A send that is made there, by what a
 * caller chained to an earlier one ({@code publish(a).thenCompose(stored -> publish(b))}), must not
 * block it: it would wait for an answer that this very thread is to read. Such sends leave on
 * another thread; a send that comes while one of them is under way waits for it, so that the order
 * of the calls is kept.
 *
 * <p>The producer's {@code flush} blocks until all is answered, so it has a thread of its own.
 * While it lasts the producer holds nothing back, whoever sends; hence one at a time is enough.
 */
final class KafkaSender implements Sender {
  /** How old a producer is before another takes its place: a refusal may last. */
  private static final Duration LEAST_AGE = Duration.ofSeconds(1);

  private final Duration timeout;
  private final ClientProperties properties;
  private final Topics topics;
  private final KafkaFailures failures;
  private final Object replacing = new Object();
  private volatile Connection current;

  /** The user's partitioner has its own mind. */
  private final boolean partitions;

  private final AtomicBoolean closed = new AtomicBoolean();

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Set on a thread while it completes a send, which may make the caller's next one. */
  private static final ThreadLocal<@Nullable Sending> CALLING_BACK = new ThreadLocal<>();

  private final ThreadPoolExecutor chained = thread("stagepost-kafka-chained-sends");
  private final ThreadPoolExecutor flushing = thread("stagepost-kafka-flush");
  private final AtomicBoolean flushAsked = new AtomicBoolean();
  private final AtomicInteger handedOff = new AtomicInteger();
  private final ReentrantLock turn = new ReentrantLock();
  private final Condition noneHandedOff = turn.newCondition();

  KafkaSender(
      Duration timeout, ClientProperties properties, Topics topics, KafkaFailures failures) {
    this.timeout = timeout;
    this.properties = properties;
    this.topics = topics;
    this.failures = failures;
    this.partitions =
        !configured(properties, timeout).containsKey(ProducerConfig.PARTITIONER_CLASS_CONFIG);
    this.current = new Connection(create(timeout, properties, failures));
  }

  /** One thread, which ends when it has had nothing to do for a while. */
  private static ThreadPoolExecutor thread(String name) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> new Thread(task, name));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private static Producer<byte @Nullable [], byte @Nullable []> create(
      Duration timeout, ClientProperties properties, KafkaFailures failures) {
    try {
      return new KafkaProducer<>(configured(properties, timeout));
    } catch (KafkaException unusable) {
      throw failures.client("producer", unusable);
    }
  }

  /** What is published may be as large as a broker takes, and what is given up a little larger. */
  private static Map<String, Object> configured(ClientProperties properties, Duration timeout) {
    Map<String, Object> all = new HashMap<>(properties.forProducer(timeout));
    all.putIfAbsent(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, TopicCheck.BROKERS_LARGEST + TopicCheck.BESIDE);
    long most = Math.max(1, timeout.toMillis() / 2);
    all.computeIfPresent(
        ProducerConfig.MAX_BLOCK_MS_CONFIG,
        (name, set) -> Math.min(most, Long.parseLong(set.toString().trim())));
    return all;
  }

  /** The largest request that a sender with these properties makes. */
  static int largestRequest(ClientProperties properties) {
    return Integer.parseInt(
        String.valueOf(
                configured(properties, Duration.ofSeconds(1))
                    .get(ProducerConfig.MAX_REQUEST_SIZE_CONFIG))
            .trim());
  }

  /** A producer, since when, and whether it has ever sent something. */
  private static final class Connection {
    private final Producer<byte @Nullable [], byte @Nullable []> producer;
    private final long since = System.nanoTime();
    private volatile boolean proved;

    Connection(Producer<byte @Nullable [], byte @Nullable []> producer) {
      this.producer = producer;
    }
  }

  @Override
  public CompletableFuture<Receipt> send(Message message) {
    Sending sending = new Sending(message, System.nanoTime());
    if (closed.get()) {
      sending.completeExceptionally(closed(message, null));
    } else if (CALLING_BACK.get() != null) {
      handOff(sending);
    } else {
      awaitHandedOff();
      send(sending);
    }
    return sending;
  }

  @Override
  public void flush() {
    if (!flushAsked.getAndSet(true)) {
      try {
        flushing.execute(this::flushProducer);
      } catch (RejectedExecutionException closed) {
        return; // closing sends what is left
      }
    }
  }

  private void flushProducer() {
    flushAsked.set(false); // what is sent from here on asks anew
    try {
      current.producer.flush();
    } catch (InterruptException closing) {
      return; // nobody else interrupts this thread
    }
  }

  /** On another thread, in the order of the calls. */
  private void handOff(Sending sending) {
    handedOff.incrementAndGet();
    failAfter(timeout.toNanos(), sending);
    try {
      chained.execute(
          () -> {
            try {
              send(sending);
            } finally {
              handedOn();
            }
          });
    } catch (RejectedExecutionException closedMeanwhile) {
      handedOn();
      sending.completeExceptionally(closed(sending.message, closedMeanwhile));
    }
  }

  private void handedOn() {
    if (handedOff.decrementAndGet() == 0) {
      turn.lock();
      try {
        noneHandedOff.signalAll();
      } finally {
        turn.unlock();
      }
    }
  }

  /** Any other caller lets those go first: what is full for them is full for it, and it waits. */
  private void awaitHandedOff() {
    if (handedOff.get() == 0) {
      return;
    }
    long left = timeout.dividedBy(2).toNanos();
    turn.lock();
    try {
      while (handedOff.get() > 0 && left > 0) {
        left = noneHandedOff.awaitNanos(left);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      turn.unlock();
    }
  }

  private void send(Sending sending) {
    Message message = sending.message;
    long left = timeout.toNanos() / 2 - (System.nanoTime() - sending.began);
    Finding wrong = topics.require(message.address(), Duration.ofNanos(Math.max(0, left)));
    if (wrong != null) {
      sending.completeExceptionally(wrong.publishing());
      return;
    }
    Known topic = partitions ? topics.known(message.address()) : null;
    try {
      Connection connection = connection();
      sending.connection = connection;
      var unused =
          connection.producer.send(
              new ProducerRecord<>(
                  message.address(),
                  topic == null ? null : partition(topic, message.key()),
                  null,
                  message.key(),
                  message.body(),
                  KafkaHeaders.iterable(message.headers())),
              sending);
    } catch (IllegalStateException closedMeanwhile) {
      sending.completeExceptionally(closed(message, closedMeanwhile));
    } catch (MessagingException stillRefused) {
      sending.completeExceptionally(failures.unreachable(stillRefused).publishing());
    } catch (RuntimeException failure) {
      sending.fail(failure);
    }
    Connection used = sending.connection;
    if (topic != null && used != null && !sending.isDone()) {
      look(message, topic, used.producer);
    }
    long waited = System.nanoTime() - sending.began;
    if (waited > timeout.toNanos() / 20 && !sending.isDone()) {
      failAfter(timeout.toNanos() - waited, sending);
    }
  }

  /** As Kafka's own partitioner does it; null leaves it to that. */
  private static @Nullable Integer partition(Known topic, byte @Nullable [] key) {
    if (key != null) {
      return Utils.toPositive(Utils.murmur2(key)) % topic.partitions;
    }
    return topic.growing ? ThreadLocalRandom.current().nextInt(topic.partitions) : null;
  }

  /**
   * Notices that a topic has got more partitions: at once where the producer chooses among all that
   * it sees, else soon. Just after a send it has the topic's metadata at hand, so asking for them
   * does not wait.
   */
  private void look(Message message, Known topic, Producer<?, ?> producer) {
    long now = System.nanoTime();
    boolean soon = now - topic.lookedAt > LOOK_NANOS;
    if (!soon && (message.key() != null || topic.growing)) {
      return;
    }
    topic.lookedAt = now;
    int shown;
    try {
      shown = producer.partitionsFor(message.address()).size();
    } catch (KafkaException | IllegalStateException goneMeanwhile) {
      return; // the send fails too then, and tells
    }
    if (shown > topic.partitions) {
      topic.growing = true;
      topics.doubt(message.address());
    } else if (shown < topic.partitions
        && soon) { // it was deleted and made anew, or the client is behind
      topics.doubt(message.address());
    }
  }

  /** The producer; a new one, if it is of no use any more. */
  private Connection connection() {
    if (!isUseless(current)) {
      return current;
    }
    Connection useless;
    Connection fresh;
    synchronized (replacing) {
      useless = current;
      if (!isUseless(useless) || closed.get()) {
        return useless;
      }
      fresh = new Connection(create(timeout, properties, failures));
      current = fresh;
    }
    useless.producer.close(Duration.ZERO); // without the lock: it completes what it holds
    return fresh;
  }

  /** The producer does not tell, but its credentials are those of the transport's other clients. */
  private boolean isUseless(Connection connection) {
    return !connection.proved
        && topics.wereRefusedSince(connection.since)
        && System.nanoTime() - connection.since > LEAST_AGE.toNanos();
  }

  private static void failAfter(long nanos, Sending sending) {
    CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS)
        .execute(() -> sending.fail(new TimeoutException()));
  }

  private static PublishRejectedException closed(Message message, @Nullable Throwable cause) {
    return new PublishRejectedException(
        "SP-KAFKA-013",
        "The sender is closed; a message for the topic "
            + message.address()
            + " was not sent. Publish before closing.",
        PublishRejectedException.Fault.SURROUNDINGS,
        cause);
  }

  /** One message under way: what the caller waits for, and what the producer calls. */
  private final class Sending extends CompletableFuture<Receipt> implements Callback {
    private final Message message;
    private final long began;
    private volatile @Nullable Connection connection;

    Sending(Message message, long began) {
      this.message = message;
      this.began = began;
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata stored, @Nullable Exception failure) {
      CALLING_BACK.set(this);
      try {
        if (failure != null) {
          fail(failure);
        } else if (stored != null) {
          Connection used = connection;
          if (used != null && !used.proved) {
            used.proved = true;
          }
          complete(new Receipt(message.address(), stored.partition() + "/" + stored.offset()));
        }
      } finally {
        CALLING_BACK.set(null); // not removed: that would make it anew for each message
      }
    }

    void fail(Throwable failure) {
      if (isDone()) {
        return;
      }
      MessagingException translated = failures.publishing(message, failure);
      if (translated instanceof PublishUnknownException) {
        topics.doubt(message.address());
      }
      completeExceptionally(translated);
    }
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    flushing.shutdown();
    chained.shutdown();
    try {
      if (CALLING_BACK.get() == null) {
        boolean unused = chained.awaitTermination(timeout.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    closeProducer(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
  }

  /** Even an interrupted thread closes it: what is under way then fails at once, as unknown. */
  private void closeProducer(Duration within) {
    Producer<?, ?> producer;
    synchronized (replacing) {
      producer = current.producer;
    }
    boolean interrupted = Thread.interrupted();
    try {
      producer.close(interrupted ? Duration.ZERO : within);
    } catch (InterruptException whileClosing) {
      interrupted = true;
      Thread.interrupted();
      producer.close(Duration.ZERO);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public String toString() {
    return "sender, " + timeout;
  }
}
