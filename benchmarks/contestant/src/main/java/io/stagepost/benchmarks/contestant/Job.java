package io.stagepost.benchmarks.contestant;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What a run is to do.
 *
 * @param broker where it is: bootstrap servers, or a URI
 * @param channel what to consume whole, or where to publish to: a topic, or an exchange
 * @param events how many events the channel holds, or shall get
 * @param keys how many keys there are
 * @param work what handling an event means
 * @param concurrency how many handlers run at once
 */
public record Job(String broker, String channel, int events, int keys, Work work, int concurrency) {
  /**
   * As a line, for {@link #parse}.
   *
   * @return without a line's end
   */
  public String line() {
    return String.join(
        " ",
        broker,
        channel,
        Integer.toString(events),
        Integer.toString(keys),
        work.kind().name(),
        Long.toString(work.amount()),
        Integer.toString(concurrency));
  }

  /**
   * From its line.
   *
   * @param line as {@link #line} made it
   * @return the job
   */
  public static Job parse(String line) {
    String[] part = line.split(" ", -1);
    return new Job(
        part[0],
        part[1],
        Integer.parseInt(part[2]),
        Integer.parseInt(part[3]),
        new Work(Work.Kind.valueOf(part[4]), Long.parseLong(part[5])),
        Integer.parseInt(part[6]));
  }

  /**
   * The Kafka consumer's settings that all contestants share; what is not here is the client's
   * default. The group is a new one, so the topic is read from its beginning.
   *
   * @return a map of the caller's own
   */
  public Map<String, Object> consumer() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", broker);
    settings.put("group.id", "measured-" + UUID.randomUUID());
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", false);
    settings.put("isolation.level", "read_committed");
    return settings;
  }
}
