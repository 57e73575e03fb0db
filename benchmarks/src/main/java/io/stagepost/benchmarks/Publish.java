package io.stagepost.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Publishing, confirmed by the broker, against a producer that is handed the same bytes. */
final class Publish implements Row {
  private final String bootstrapServers;
  private final int events;
  private final String topic;
  private final String[] keys;
  private final byte[] body = Events.body();

  Publish(String bootstrapServers, String topic, int events) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.events = events;
    this.keys = Events.zipfKeys(events);
  }

  @Override
  public String name() {
    return "publish, 1 KiB, acks=all, binary CloudEvents, against a raw producer";
  }

  @Override
  public double target() {
    return 0.95;
  }

  @Override
  public double ours() throws Exception {
    EventType<Events.Measured> type = Events.on(topic);
    try (Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      messaging.publish(type.event(new Events.Measured("warm", body))).join();
      return measured(
          (i, confirmed) -> {
            var unused =
                messaging
                    .publish(type.event(new Events.Measured(keys[i], body)))
                    .whenComplete((receipt, failure) -> confirmed.accept(failure));
          });
    }
  }

  @Override
  public double theirs() throws Exception {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", bootstrapServers, "acks", "all", "enable.idempotence", true);
    List<Header> constant =
        List.of(
            new RecordHeader("ce_specversion", "1.0".getBytes(UTF_8)),
            new RecordHeader("ce_type", Events.TYPE.getBytes(UTF_8)),
            new RecordHeader("ce_source", Events.SOURCE.getBytes(UTF_8)),
            new RecordHeader("content-type", "application/octet-stream".getBytes(UTF_8)));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, "warm".getBytes(UTF_8), body)).get();
      return measured(
          (i, confirmed) -> {
            ProducerRecord<byte[], byte[]> message =
                new ProducerRecord<>(topic, keys[i].getBytes(UTF_8), body);
            constant.forEach(message.headers()::add);
            message.headers().add("ce_id", UUID.randomUUID().toString().getBytes(UTF_8));
            message.headers().add("ce_time", Instant.now().toString().getBytes(UTF_8));
            var unused = producer.send(message, (metadata, failure) -> confirmed.accept(failure));
          });
    }
  }

  /** Sends one event and says later whether it was confirmed. */
  private interface Send {
    void send(int i, Consumer<Throwable> confirmed);
  }

  private double measured(Send send) throws InterruptedException {
    CountDownLatch confirmed = new CountDownLatch(events);
    AtomicInteger failed = new AtomicInteger();
    long start = System.nanoTime();
    for (int i = 0; i < events; i++) {
      send.send(
          i,
          failure -> {
            if (failure != null) {
              failed.incrementAndGet();
            }
            confirmed.countDown();
          });
    }
    confirmed.await();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (failed.get() > 0) {
      throw new IllegalStateException(failed + " of " + events + " events were not confirmed");
    }
    return events / seconds;
  }
}
