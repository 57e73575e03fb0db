import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericContainer;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Confluent's serializer and deserializer, with the Kafka and the Avro that they came with, in a JVM
 * of their own: {@code BROKER REGISTRY}. Does what the lines of the standard input say, with tabs
 * between the words:
 *
 * <ul>
 *   <li>{@code write TOPIC STRATEGY REGISTERS SCHEMA KEY RECORD}: a record in Avro's JSON. Answers
 *       {@code written}.
 *   <li>{@code read TOPIC COUNT READER}: so many records from the beginning of partition 0, with
 *       this reader's schema, or with the writer's if it is left out. Answers a line for each: the
 *       schema it was read as, and the record in Avro's JSON.
 * </ul>
 */
final class Confluent {
  private static final Map<Object, KafkaProducer<String, Object>> PRODUCERS = new HashMap<>();

  private Confluent() {}

  public static void main(String[] arguments) throws Exception {
    // nothing else that is printed may get among the answers
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split("\t", -1);
      Map<String, Object> settings = new HashMap<>();
      settings.put("bootstrap.servers", arguments[0]);
      settings.put("schema.registry.url", arguments[1]);
      if (words[0].equals("write")) {
        settings.put(
            "value.subject.name.strategy",
            "io.confluent.kafka.serializers.subject." + words[2]);
        settings.put("auto.register.schemas", words[3]);
        write(settings, words[1], new Schema.Parser().parse(words[4]), words[5], words[6]);
        out.println("written");
      } else {
        read(settings, words[1], Integer.parseInt(words[2]), words[3], out);
      }
    }
  }

  private static void write(
      Map<String, Object> settings, String topic, Schema schema, String key, String record)
      throws Exception {
    Object value =
        new GenericDatumReader<>(schema)
            .read(null, DecoderFactory.get().jsonDecoder(schema, record));
    PRODUCERS
        .computeIfAbsent(settings, each -> producer(settings))
        .send(new ProducerRecord<>(topic, key, value))
        .get(60, TimeUnit.SECONDS);
  }

  private static KafkaProducer<String, Object> producer(Map<String, Object> settings) {
    KafkaAvroSerializer serializer = new KafkaAvroSerializer();
    serializer.configure(settings, false);
    return new KafkaProducer<>(settings, new StringSerializer(), serializer);
  }

  private static void read(
      Map<String, Object> settings, String topic, int count, String reader, PrintStream out)
      throws Exception {
    Schema schema = reader.isEmpty() ? null : new Schema.Parser().parse(reader);
    int left = count;
    try (KafkaAvroDeserializer deserializer = new KafkaAvroDeserializer();
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      deserializer.configure(settings, false);
      List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (left > 0) {
        if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException(left + " records did not come");
        }
        for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(500))) {
          GenericContainer value =
              (GenericContainer)
                  (schema == null
                      ? deserializer.deserialize(topic, each.value())
                      : deserializer.deserialize(topic, each.value(), schema));
          out.println(value.getSchema() + "\t" + json(value));
          left--;
        }
      }
    }
  }

  private static String json(GenericContainer value) throws Exception {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    JsonEncoder encoder = EncoderFactory.get().jsonEncoder(value.getSchema(), json);
    new GenericDatumWriter<>(value.getSchema()).write(value, encoder);
    encoder.flush();
    return json.toString(StandardCharsets.UTF_8);
  }
}
