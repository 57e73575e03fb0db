package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.CloudEvents;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Tally;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A poll loop that hands each record to a pool of threads, with no order at all, and decodes there.
 * Bounded as ours is, to 1,000 in flight, or four times the concurrency if that is more; commits
 * once a second what whole polls have finished, so it loses nothing either.
 */
final class RawPool {
  private static final int IN_FLIGHT = 1_000;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long COMMIT_NANOS = 1_000_000_000L;

  private RawPool() {}

  /** What one poll brought: how much of it runs, and what may be committed after it. */
  private record Batch(CountDownLatch running, Map<TopicPartition, OffsetAndMetadata> next) {}

  static void run(Job job, Tally tally) throws InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(job.concurrency());
    Thread loop = new Thread(() -> loop(job, tally, pool), "raw-pool");
    loop.start();
    tally.await();
    loop.join();
    pool.shutdown();
  }

  private static void loop(Job job, Tally tally, ExecutorService pool) {
    Semaphore room = new Semaphore(Math.max(IN_FLIGHT, 4 * job.concurrency()));
    ArrayDeque<Batch> batches = new ArrayDeque<>();
    Map<TopicPartition, OffsetAndMetadata> finished = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            job.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(job.channel()));
      long committed = System.nanoTime();
      while (!tally.isComplete()) {
        ConsumerRecords<byte[], byte[]> messages = consumer.poll(POLL);
        CountDownLatch running = new CountDownLatch(messages.count());
        for (ConsumerRecord<byte[], byte[]> message : messages) {
          room.acquireUninterruptibly();
          pool.execute(
              () -> {
                tally.handle(CloudEvents.dataOf(message));
                room.release();
                running.countDown();
              });
        }
        batches.add(new Batch(running, messages.nextOffsets()));
        while (!batches.isEmpty() && batches.element().running.getCount() == 0) {
          finished.putAll(batches.remove().next);
        }
        if (System.nanoTime() - committed > COMMIT_NANOS) {
          consumer.commitAsync(Map.copyOf(finished), null);
          committed = System.nanoTime();
        }
      }
    }
  }
}
