package io.stagepost.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Consuming with a handler that does nothing, against a poll loop that parses the CloudEvents
 * headers by hand and commits once a second, as ours does. Theirs gives order per partition, ours
 * per key with keys in parallel.
 */
final class Consume implements Row {
  private final String bootstrapServers;
  private final String topic;
  private final int events;

  Consume(String bootstrapServers, String topic, int events) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.events = events;
  }

  @Override
  public String name() {
    return "consume, no-op handler, Zipf(0.99) over 1,000 keys, against a raw poll loop";
  }

  @Override
  public double target() {
    return Runtime.version().feature() >= 24 ? 0.9 : 0.8;
  }

  @Override
  public double ours() throws Exception {
    CountDownLatch handled = new CountDownLatch(events);
    EventType<Events.Measured> type = Events.on(topic);
    try (Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      long start = System.nanoTime();
      messaging
          .subscribe("ours-" + UUID.randomUUID())
          .on(type, event -> handled.countDown())
          .start();
      handled.await();
      return events / ((System.nanoTime() - start) / 1e9);
    }
  }

  @Override
  public double theirs() {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "group.id",
            "theirs-" + UUID.randomUUID(),
            "auto.offset.reset",
            "earliest",
            "enable.auto.commit",
            false,
            "isolation.level",
            "read_committed");
    int handled = 0;
    long start = System.nanoTime();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      long committed = start;
      while (handled < events) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(100))) {
          handled += parse(message).getId().isEmpty() ? 0 : 1;
        }
        if (System.nanoTime() - committed > 1_000_000_000L) {
          consumer.commitAsync();
          committed = System.nanoTime();
        }
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      consumer.commitSync();
      return handled / seconds;
    }
  }

  private static CloudEvent parse(ConsumerRecord<byte[], byte[]> message) {
    String id = "";
    String source = "";
    String type = "";
    String contentType = "";
    OffsetDateTime time = null;
    Map<String, Object> extensions = new HashMap<>();
    for (Header header : message.headers()) {
      String value = new String(header.value(), UTF_8);
      switch (header.key()) {
        case "ce_id" -> id = value;
        case "ce_source" -> source = value;
        case "ce_type" -> type = value;
        case "ce_time" -> time = OffsetDateTime.parse(value);
        case "content-type" -> contentType = value;
        case "ce_specversion" -> {}
        default -> extensions.put(header.key().substring(3), value);
      }
    }
    return new CloudEventV1(
        id,
        URI.create(source),
        type,
        contentType,
        null,
        null,
        time,
        BytesCloudEventData.wrap(message.value()),
        extensions);
  }
}
