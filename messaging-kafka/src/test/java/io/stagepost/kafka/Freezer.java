package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.ClusterResourceListener;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Freezes a connection's consumers, as SIGSTOP would their process: it blocks where the client
 * tells of new metadata, under the lock that polls, commits and heartbeats need. So the session
 * expires, and the broker gives the partitions to others.
 */
public final class Freezer implements ConsumerInterceptor<byte[], byte[]>, ClusterResourceListener {
  static final String ID = "stagepost.test.freezer";

  private static final Map<String, Freezer> ALL = new ConcurrentHashMap<>();

  private final String id = Broker.unique("freezer");
  private final CountDownLatch frozen = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean freezing;
  private final AtomicInteger consumers = new AtomicInteger();
  private @Nullable Freezer original;

  /** Called by Kafka for each consumer; {@link #configure} tells which connection it is of. */
  public Freezer() {}

  static Freezer create() {
    Freezer freezer = new Freezer();
    ALL.put(freezer.id, freezer);
    return freezer;
  }

  String id() {
    return id;
  }

  /** Returns when a consumer is frozen; at once if there is none. */
  void freeze() {
    freezing = true;
    try {
      if (consumers.get() > 0 && !frozen.await(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("The consumer has not asked for metadata in 20 s");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /** Lets what is frozen fail. */
  void end() {
    ended.countDown();
    ALL.remove(id);
  }

  private void meet() {
    if (freezing) {
      frozen.countDown();
      try {
        ended.await();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
      throw new IllegalStateException("This consumer's process is dead");
    }
  }

  @Override
  public void configure(Map<String, ?> configs) {
    original = ALL.get(String.valueOf(configs.get(ID)));
    if (original != null) {
      original.consumers.incrementAndGet();
    }
  }

  @Override
  public void onUpdate(ClusterResource cluster) {
    if (original != null) {
      requireNonNull(original).meet();
    }
  }

  @Override
  public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
    return records;
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

  @Override
  public void close() {}
}
