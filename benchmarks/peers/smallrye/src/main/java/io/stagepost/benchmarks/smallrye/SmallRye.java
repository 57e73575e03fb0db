package io.stagepost.benchmarks.smallrye;

import io.stagepost.benchmarks.contestant.Contestant;
import io.stagepost.benchmarks.contestant.Driver;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Tally;
import java.io.IOException;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;

/**
 * SmallRye Reactive Messaging with its Kafka connector, in a CDI container: order per partition,
 * commits of what was acknowledged every five seconds (strategy throttled, its default). {@code
 * default}: as it comes, a method with one record, and one consumer. {@code tuned}: as many
 * consumers as the job's concurrency, a method with all records of a poll, 2,000 at most, and no
 * metadata about the CloudEvent, which nobody reads.
 */
public final class SmallRye implements Contestant {
  private static final String CHANNEL = "mp.messaging.incoming." + Handlers.CHANNEL + ".";

  private final boolean tuned;

  private SmallRye(boolean tuned) {
    this.tuned = tuned;
  }

  /**
   * Serves.
   *
   * @param args default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    Driver.serve(new SmallRye(args[0].equals("tuned")));
  }

  @Override
  public void run(Job job, Tally tally) {
    Map<String, Object> settings = job.consumer();
    settings.put("connector", "smallrye-kafka");
    settings.put("topic", job.channel());
    settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
    if (tuned) {
      settings.put("concurrency", job.concurrency());
      settings.put("batch", true);
      settings.put("max.poll.records", 2_000);
      settings.put("cloud-events", false);
    }
    // MicroProfile's way to tell a connector what to do; read anew for each container.
    settings.forEach((name, value) -> System.setProperty(CHANNEL + name, value.toString()));
    Handlers.begin(tally);
    WeldContainer container =
        new Weld()
            .addBeanClass(tuned ? Handlers.OfBatches.class : Handlers.OfRecords.class)
            .initialize();
    tally.await();
    container.close();
  }
}
