package io.stagepost.schema.confluent;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Confluent's serializer writes, our client finds the schema by the id in its framing; and bytes
 * that are framed with an id that our client registered are read by Confluent's deserializer.
 */
@Timeout(600)
class ConfluentProgramsTest {
  private static final String SCHEMA =
      "{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\","
          + "\"fields\":[{\"name\":\"id\",\"type\":\"string\"}]}";

  private final String broker = KafkaFixture.shared().bootstrapServers();
  private final String url = SchemaRegistryFixture.shared().url();

  @ParameterizedTest
  @CsvSource({
    "TopicNameStrategy, TOPIC-value",
    "RecordNameStrategy, shop.Order",
    "TopicRecordNameStrategy, TOPIC-shop.Order"
  })
  void both_sides_find_each_others_schemas(String strategy, String subject, @TempDir Path directory)
      throws Exception {
    String topic = "interop-" + UUID.randomUUID();
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", broker))) {
      admin
          .createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
    ConfluentJvm.write(
        directory,
        broker,
        url,
        topic,
        strategy,
        SCHEMA,
        List.of("{\"id\":\"a\"}", "{\"id\":\"b\"}"));
    byte[] theirs = first(topic);
    assertThat(theirs[0]).isZero();
    int id = ByteBuffer.wrap(theirs).getInt(1);

    try (SchemaRegistry registry =
        RestRegistry.builder()
            .urls(url)
            .timeout(Duration.ofSeconds(60))
            .requestTimeout(Duration.ofSeconds(30))
            .build()) {
      assertThat(registry.byId(id).text()).isEqualTo(SCHEMA);
      RegisteredSchema registered = registry.latest(subject.replace("TOPIC", topic));
      assertThat(registered.id()).isEqualTo(id);

      // what our side writes: the magic byte, an id of our client's, and Avro's bytes of {"id":"c"}
      RegisteredSchema ours =
          registry.register("ours-" + topic, Schema.of(Schema.Format.AVRO, SCHEMA), false);
      send(
          topic,
          ByteBuffer.allocate(7)
              .put((byte) 0)
              .putInt(ours.id())
              .put((byte) 2)
              .put((byte) 'c')
              .array());
    }
    assertThat(ConfluentJvm.read(directory, broker, url, topic, 3))
        .containsExactly(
            "0\tshop.Order\t{\"id\": \"a\"}",
            "1\tshop.Order\t{\"id\": \"b\"}",
            "null\tshop.Order\t{\"id\": \"c\"}");
  }

  private byte[] first(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofSeconds(60))) {
        return each.value();
      }
      throw new AssertionError("nothing came");
    }
  }

  private void send(String topic, byte[] value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, value)).get(60, TimeUnit.SECONDS);
    }
  }
}
