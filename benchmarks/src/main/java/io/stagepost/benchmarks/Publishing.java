package io.stagepost.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Measured;
import io.stagepost.benchmarks.contestant.Tally;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Publishing until the broker has confirmed everything: our way, and with a producer that is handed
 * the same bytes. An event that is not confirmed is lost, as the oracle sees it.
 */
final class Publishing {
  private Publishing() {}

  static void ours(Job job, Tally tally) {
    publish(KafkaTransport.to(job.broker()), job, tally);
  }

  static void oursOverAmqp(Job job, Tally tally) {
    publish(Queues.transport(job.broker(), job.channel()), job, tally);
  }

  private static void publish(Transport transport, Job job, Tally tally) {
    Load load = Load.zipf(job.keys(), job.events());
    EventType<Measured> type = Events.on(job.channel());
    try (Messaging messaging = Messaging.over(transport)) {
      messaging.publish(type.event(Measured.warm())).join();
      tally.begin();
      for (int i = 0; i < job.events(); i++) {
        Measured event = Measured.at(i, load);
        var unused =
            messaging.publish(type.event(event)).thenAccept(receipt -> tally.handle(event.body()));
      }
      tally.await();
    }
  }

  static void raw(Job job, Tally tally) throws Exception {
    Load load = Load.zipf(job.keys(), job.events());
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            job.broker(),
            "acks",
            "all",
            "enable.idempotence",
            true,
            "batch.size",
            65_536); // as ours
    List<Header> constant =
        List.of(
            new RecordHeader("ce_specversion", "1.0".getBytes(UTF_8)),
            new RecordHeader("ce_type", Measured.TYPE.getBytes(UTF_8)),
            new RecordHeader("ce_source", Measured.SOURCE.getBytes(UTF_8)),
            new RecordHeader("content-type", Measured.CONTENT_TYPE.getBytes(UTF_8)));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(job.channel(), "warm".getBytes(UTF_8), new byte[1])).get();
      tally.begin();
      for (int i = 0; i < job.events(); i++) {
        Measured event = Measured.at(i, load);
        ProducerRecord<byte[], byte[]> message =
            new ProducerRecord<>(job.channel(), event.key().getBytes(UTF_8), event.body());
        constant.forEach(message.headers()::add);
        message.headers().add("ce_id", UUID.randomUUID().toString().getBytes(UTF_8));
        message.headers().add("ce_time", Instant.now().toString().getBytes(UTF_8));
        var unused =
            producer.send(
                message,
                (metadata, failure) -> {
                  if (failure == null) {
                    tally.handle(event.body());
                  }
                });
      }
      tally.await();
    }
  }
}
