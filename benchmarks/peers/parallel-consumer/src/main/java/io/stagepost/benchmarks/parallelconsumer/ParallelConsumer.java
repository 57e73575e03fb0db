package io.stagepost.benchmarks.parallelconsumer;

import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import io.stagepost.benchmarks.contestant.CloudEvents;
import io.stagepost.benchmarks.contestant.Contestant;
import io.stagepost.benchmarks.contestant.Driver;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Tally;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Parallel Consumer with order per key and asynchronous commits, its default. {@code default}: its
 * other settings as they come, but for the concurrency, which is the job's. {@code tuned}: 20
 * events, each of another key, in a call, so that it hands over less often.
 */
public final class ParallelConsumer implements Contestant {
  private final boolean tuned;

  private ParallelConsumer(boolean tuned) {
    this.tuned = tuned;
  }

  /**
   * Serves.
   *
   * @param args default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    Driver.serve(new ParallelConsumer(args[0].equals("tuned")));
  }

  @Override
  public void run(Job job, Tally tally) {
    // Keys are strings: it tells keys apart by equals, which arrays do not have.
    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(job.consumer(), new StringDeserializer(), new ByteArrayDeserializer());
    ParallelConsumerOptions<String, byte[]> options =
        ParallelConsumerOptions.<String, byte[]>builder()
            .consumer(consumer)
            .ordering(ProcessingOrder.KEY)
            .maxConcurrency(job.concurrency())
            .batchSize(tuned ? 20 : 1)
            .build();
    ParallelStreamProcessor<String, byte[]> processor =
        ParallelStreamProcessor.createEosStreamProcessor(options);
    processor.subscribe(List.of(job.channel()));
    processor.poll(
        events ->
            events
                .getConsumerRecordsFlattened()
                .forEach(message -> tally.handle(CloudEvents.dataOf(message))));
    tally.await();
    processor.closeDontDrainFirst();
  }
}
