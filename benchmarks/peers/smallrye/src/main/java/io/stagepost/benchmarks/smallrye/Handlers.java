package io.stagepost.benchmarks.smallrye;

import static java.util.Objects.requireNonNull;

import io.stagepost.benchmarks.contestant.CloudEvents;
import io.stagepost.benchmarks.contestant.Tally;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the container calls. It makes the beans itself, so the run that they serve is static. */
public final class Handlers {
  static final String CHANNEL = "events";

  private static final AtomicReference<Tally> TALLY = new AtomicReference<>();

  private Handlers() {}

  /** From now on events are handed to this one. */
  static void begin(Tally tally) {
    TALLY.set(tally);
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
    @Incoming(CHANNEL)
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
     * @param messages of all partitions, in order
     */
    @Incoming(CHANNEL)
    public void on(ConsumerRecords<String, byte[]> messages) {
      messages.forEach(Handlers::handle);
    }
  }
}
