package io.stagepost.benchmarks.service.raw;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.json.JsonMapper;

/** Relays an outbox and handles greetings, until its input ends. */
public final class Service {
  record Greeting(String name, String text) {}

  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration POLL = Duration.ofMillis(100);

  private Service() {}

  /**
   * Serves; prints {@code handled} for each greeting.
   *
   * @param args bootstrap servers, JDBC URL, its user, group
   * @throws IOException if the input cannot be read
   * @throws InterruptedException if it is to end at once
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl(args[1]);
    pool.setUsername(args[2]);
    try (HikariDataSource dataSource = new HikariDataSource(pool);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", args[0]),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of(
                    "bootstrap.servers",
                    args[0],
                    "group.id",
                    args[3],
                    "auto.offset.reset",
                    "earliest",
                    "isolation.level",
                    "read_committed",
                    "enable.auto.commit",
                    false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      CountDownLatch end = new CountDownLatch(1);
      Thread relay = new Thread(new OutboxByHand(dataSource, producer, end), "relay");
      relay.start();
      Thread loop = new Thread(() -> consume(consumer), "consumer");
      loop.start();
      int unused = System.in.read();
      end.countDown();
      consumer.wakeup();
      relay.join();
      loop.join();
    }
  }

  private static void consume(KafkaConsumer<byte[], byte[]> consumer) {
    consumer.subscribe(List.of("greetings"));
    try {
      while (true) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
          handle(JSON.readValue(message.value(), Greeting.class));
        }
        consumer.commitAsync();
      }
    } catch (WakeupException ending) {
      consumer.commitSync();
    }
  }

  private static void handle(Greeting greeting) {
    System.out.println(greeting.name().isEmpty() ? "nobody" : "handled");
  }
}
