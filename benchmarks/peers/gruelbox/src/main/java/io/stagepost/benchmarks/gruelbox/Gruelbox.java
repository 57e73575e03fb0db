package io.stagepost.benchmarks.gruelbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.gruelbox.transactionoutbox.DefaultPersistor;
import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * gruelbox transaction-outbox: a call that is written down with the transaction and made after it,
 * here one that sends and waits for the confirmation. It keeps no order. {@code default}: calls are
 * made by the common pool, and a thread flushes what is due every second, which the library leaves
 * to its user. {@code tuned}: 32 threads of its own, and flushes one after the other.
 *
 * <p>While nothing is to be relayed, calls are written and not submitted; they are due after a
 * second, instead of two minutes ({@code attemptFrequency}).
 */
public final class Gruelbox implements Postbox {
  private static final int THREADS = 32;

  private final boolean tuned;
  private @Nullable Place place;
  private @Nullable HikariDataSource pool;
  private @Nullable TransactionManager transactions;
  private @Nullable TransactionOutbox outbox;
  private @Nullable ExecutorService executor;
  private @Nullable KafkaProducer<byte[], byte[]> producer;
  private @Nullable Thread flusher;
  private final Phaser running = new Phaser(1);
  private volatile boolean closing;

  private Gruelbox(boolean tuned) {
    this.tuned = tuned;
  }

  /**
   * Serves.
   *
   * @param args default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    PostboxDriver.serve(() -> new Gruelbox(args[0].equals("tuned")));
  }

  /** What is called. */
  public interface Post {
    /**
     * Sends a letter.
     *
     * @param topic where to
     * @param key its key
     * @param text what it says
     */
    void send(String topic, String key, String text);
  }

  @Override
  public void open(Place there) {
    place = there;
    pool = there.pool(Place.CONNECTIONS + (tuned ? THREADS : 0));
    transactions = TransactionManager.fromDataSource(pool);
    outbox = outbox((entry, local) -> {}, Duration.ofSeconds(1));
  }

  private TransactionOutbox outbox(Submitter submitter, Duration attemptFrequency) {
    return TransactionOutbox.builder()
        .transactionManager(opened(transactions))
        .persistor(DefaultPersistor.builder().dialect(Dialect.POSTGRESQL_9).build())
        .instantiator(Instantiator.using(type -> (Post) this::send))
        .submitter(submitter)
        .attemptFrequency(attemptFrequency)
        .build();
  }

  private void send(String topic, String key, String text) {
    try {
      opened(producer)
          .send(new ProducerRecord<>(topic, key.getBytes(UTF_8), text.getBytes(UTF_8)))
          .get();
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void write(Change change, List<Letter> letters) throws Exception {
    opened(transactions)
        .inTransactionThrows(
            transaction -> {
              change.in(transaction.connection());
              for (Letter letter : letters) {
                opened(outbox)
                    .schedule(Post.class)
                    .send(opened(place).topic(), letter.keyText(), letter.text());
              }
            });
  }

  @Override
  public void start() {
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", opened(place).brokers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    Duration attemptFrequency = Duration.ofMinutes(2);
    Executor threads = ForkJoinPool.commonPool(); // its default
    if (tuned) {
      executor = Executors.newFixedThreadPool(THREADS);
      threads = executor;
    }
    TransactionOutbox relaying =
        outbox(Submitter.withExecutor(untilClosed(threads)), attemptFrequency);
    outbox = relaying;
    flusher = new Thread(() -> flush(relaying), "flusher");
    flusher.start();
  }

  /** What still waits when all ends is left in the table. */
  private Executor untilClosed(Executor threads) {
    return task ->
        threads.execute(
            () -> {
              running.register();
              try {
                if (!closing) {
                  task.run();
                }
              } finally {
                running.arriveAndDeregister();
              }
            });
  }

  private void flush(TransactionOutbox relaying) {
    try {
      while (!closing) {
        boolean more = relaying.flush();
        if (!more || !tuned) {
          TimeUnit.MILLISECONDS.sleep(tuned ? 10 : 1_000);
        }
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws InterruptedException {
    closing = true;
    if (flusher != null) {
      flusher.join();
    }
    if (executor != null) {
      executor.shutdown();
    }
    running.arriveAndAwaitAdvance();
    opened(pool).close();
    if (producer != null) {
      producer.close();
    }
  }

  private static <T> T opened(@Nullable T what) {
    if (what == null) {
      throw new IllegalStateException("Not open");
    }
    return what;
  }
}
