package io.stagepost.benchmarks;

import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.benchmarks.contestant.CloudEvents;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.QueueNames;
import io.stagepost.benchmarks.contestant.Tally;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Consuming with a blocking handler: our way, and with a bare poll loop. */
final class Consuming {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long COMMIT_NANOS = 1_000_000_000L;

  private Consuming() {}

  /** Order per key, keys in parallel. Where many handlers run at once, more is in flight. */
  static void ours(Job job, Tally tally) {
    consume(KafkaTransport.to(job.broker()), "ours-" + UUID.randomUUID(), job, tally);
  }

  static void oursOverAmqp(Job job, Tally tally) {
    consume(Queues.transport(job.broker(), job.channel()), QueueNames.SUBSCRIPTION, job, tally);
  }

  private static void consume(Transport transport, String subscription, Job job, Tally tally) {
    try (Messaging messaging = Messaging.over(transport)) {
      messaging
          .subscribe(subscription)
          .limits(
              Limits.defaults()
                  .concurrency(job.concurrency())
                  .inFlight(Math.max(Limits.defaults().inFlight(), 4 * job.concurrency())))
          .on(Events.on(job.channel()), event -> tally.handle(event.data().body()))
          .start();
      tally.await();
    }
  }

  /**
   * One thread that polls, decodes, handles, and commits once a second as ours does: order per
   * partition, nothing in parallel.
   */
  static void rawLoop(Job job, Tally tally) throws InterruptedException {
    Thread loop = new Thread(() -> loop(job, tally), "raw-loop");
    loop.start();
    tally.await();
    loop.join();
  }

  private static void loop(Job job, Tally tally) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            job.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(job.channel()));
      long committed = System.nanoTime();
      while (!tally.isComplete()) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
          tally.handle(CloudEvents.dataOf(message));
        }
        if (System.nanoTime() - committed > COMMIT_NANOS) {
          consumer.commitAsync();
          committed = System.nanoTime();
        }
      }
      consumer.commitSync();
    }
  }
}
