package io.stagepost.schema.confluent;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes records with Confluent's own serializer, in a JVM of its own: {@code BROKER REGISTRY TOPIC
 * STRATEGY SCHEMA-FILE}. Each line of the standard input is a record in Avro's JSON; its number,
 * from 0, is its key. Ends with 0 when all are confirmed.
 */
final class ConfluentWriter {
  private ConfluentWriter() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", arguments[0],
            "schema.registry.url", arguments[1],
            "value.subject.name.strategy",
                "io.confluent.kafka.serializers.subject." + arguments[3]);
    KafkaAvroSerializer serializer = new KafkaAvroSerializer();
    serializer.configure(settings, false);
    Schema schema = new Schema.Parser().parse(Files.readString(Path.of(arguments[4])));
    GenericDatumReader<Object> reader = new GenericDatumReader<>(schema);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (KafkaProducer<String, Object> producer =
        new KafkaProducer<>(settings, new StringSerializer(), serializer)) {
      int key = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Object value = reader.read(null, DecoderFactory.get().jsonDecoder(schema, line));
        producer
            .send(new ProducerRecord<>(arguments[2], String.valueOf(key++), value))
            .get(60, TimeUnit.SECONDS);
      }
    }
  }
}
