package io.stagepost.benchmarks.smallrye;

import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.contestant.CloudEvents;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Tally;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.weld.environment.se.WeldContainer;

/**
 * Methods that are called with what was received: order per partition, commits of what was
 * acknowledged every five seconds (strategy throttled, its default).
 */
final class Consuming {
  /** The container makes the beans, so it stands here whom they hand the events to. */
  private static final AtomicReference<Tally> TALLY = new AtomicReference<>();

  private Consuming() {}

  /** As it comes: a method that takes one record, and one consumer. */
  static void byDefault(Job job, Tally tally) {
    consume(OfRecords.class, job, tally, job.consumer());
  }

  /**
   * As many consumers as the job's concurrency, a method that takes all records of a poll, 2,000 at
   * most, and no metadata about the CloudEvent, which nobody reads.
   */
  static void tuned(Job job, Tally tally) {
    Map<String, Object> settings = job.consumer();
    settings.put("concurrency", job.concurrency());
    settings.put("batch", true);
    settings.put("max.poll.records", 2_000);
    settings.put("cloud-events", false);
    consume(OfBatches.class, job, tally, settings);
  }

  private static void consume(Class<?> bean, Job job, Tally tally, Map<String, Object> settings) {
    TALLY.set(tally);
    settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
    WeldContainer container = SmallRye.start(bean, "incoming", job, settings);
    tally.await();
    container.close();
  }

  private static void handle(ConsumerRecord<String, byte[]> message) {
    requireNonNull(TALLY.get()).handle(CloudEvents.dataOf(message));
  }

  /** One record at a time. */
  @ApplicationScoped
  public static class OfRecords {
    /** For the container. */
    public OfRecords() {}

    /**
     * Handles a record.
     *
     * @param message which
     */
    @Incoming(SmallRye.CHANNEL)
    public void on(ConsumerRecord<String, byte[]> message) {
      handle(message);
    }
  }

  /** What a poll has returned, at once. */
  @ApplicationScoped
  public static class OfBatches {
    /** For the container. */
    public OfBatches() {}

    /**
     * Handles records.
     *
     * @param messages of all partitions, each in order
     */
    @Incoming(SmallRye.CHANNEL)
    public void on(ConsumerRecords<String, byte[]> messages) {
      messages.forEach(Consuming::handle);
    }
  }
}
