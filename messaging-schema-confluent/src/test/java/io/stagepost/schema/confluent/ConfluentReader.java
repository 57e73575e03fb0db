package io.stagepost.schema.confluent;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericContainer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads records with Confluent's own deserializer, in a JVM of its own: {@code BROKER REGISTRY
 * TOPIC COUNT}, from the beginning of partition 0. Prints a line for each: key, the writer's
 * schema's full name, and the value as Avro shows it, with tabs between them. Ends with 0 when it
 * has so many.
 */
final class ConfluentReader {
  private ConfluentReader() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", arguments[0], "schema.registry.url", arguments[1]);
    KafkaAvroDeserializer deserializer = new KafkaAvroDeserializer();
    deserializer.configure(settings, false);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    int left = Integer.parseInt(arguments[3]);
    try (KafkaConsumer<String, Object> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), deserializer)) {
      List<TopicPartition> partitions = List.of(new TopicPartition(arguments[2], 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (left > 0) {
        if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException(left + " records did not come");
        }
        for (ConsumerRecord<String, Object> each : consumer.poll(Duration.ofMillis(500))) {
          String schema =
              each.value() instanceof GenericContainer container
                  ? container.getSchema().getFullName()
                  : "";
          out.println(each.key() + "\t" + schema + "\t" + each.value());
          left--;
        }
      }
    }
  }
}
