package io.stagepost.benchmarks.spring;

import io.stagepost.benchmarks.contestant.CloudEvents;
import io.stagepost.benchmarks.contestant.Contestant;
import io.stagepost.benchmarks.contestant.Driver;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Tally;
import java.io.IOException;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListener;

/**
 * A concurrent message listener container with a record listener: order per partition, a commit for
 * each poll (acknowledge mode BATCH, its default). {@code default}: as it comes, one consumer.
 * {@code tuned}: as many consumers as the job's concurrency, 2,000 records a poll.
 */
public final class SpringKafka implements Contestant {
  private final boolean tuned;

  private SpringKafka(boolean tuned) {
    this.tuned = tuned;
  }

  /**
   * Serves.
   *
   * @param args default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    Driver.serve(new SpringKafka(args[0].equals("tuned")));
  }

  @Override
  public void run(Job job, Tally tally) {
    Map<String, Object> settings = job.consumer();
    if (tuned) {
      settings.put("max.poll.records", 2_000);
    }
    ContainerProperties properties = new ContainerProperties(job.channel());
    properties.setMessageListener(
        (MessageListener<String, byte[]>) message -> tally.handle(CloudEvents.dataOf(message)));
    ConcurrentMessageListenerContainer<String, byte[]> container =
        new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(
                settings, new StringDeserializer(), new ByteArrayDeserializer()),
            properties);
    if (tuned) {
      container.setConcurrency(job.concurrency());
    }
    container.start();
    tally.await();
    container.stop();
  }
}
