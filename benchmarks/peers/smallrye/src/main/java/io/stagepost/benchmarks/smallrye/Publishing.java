package io.stagepost.benchmarks.smallrye;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.MutinyEmitter;
import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Measured;
import io.stagepost.benchmarks.contestant.Tally;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.weld.environment.se.WeldContainer;

/**
 * An emitter that is handed records, the same as the raw producer's, until everything is confirmed.
 * The connector's default is {@code acks=1}; here it is {@code all}, with idempotence, as for
 * everybody.
 */
final class Publishing {
  /** So many records may be unconfirmed, as of ours; the emitter itself has no bound that waits. */
  private static final int UNCONFIRMED = 10_000;

  private static final List<Header> CONSTANT =
      List.of(
          new RecordHeader("ce_specversion", "1.0".getBytes(UTF_8)),
          new RecordHeader("ce_type", Measured.TYPE.getBytes(UTF_8)),
          new RecordHeader("ce_source", Measured.SOURCE.getBytes(UTF_8)),
          new RecordHeader("content-type", Measured.CONTENT_TYPE.getBytes(UTF_8)));

  private Publishing() {}

  /** As it comes: the producer gets 1,024 records at once. */
  static void byDefault(Job job, Tally tally) {
    publish(job, tally, new HashMap<>());
  }

  /** The producer gets all that may be unconfirmed, in batches of 64 KiB, as ours. */
  static void tuned(Job job, Tally tally) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("max-inflight-messages", UNCONFIRMED);
    settings.put("batch.size", 65_536);
    publish(job, tally, settings);
  }

  private static void publish(Job job, Tally tally, Map<String, Object> settings) {
    settings.put("bootstrap.servers", job.broker());
    settings.put("key.serializer", ByteArraySerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    settings.put("acks", "all");
    settings.put("enable.idempotence", true);
    WeldContainer container = SmallRye.start(Sender.class, "outgoing", job, settings);
    Sender sender = container.select(Sender.class).get();
    Load load = Load.zipf(job.keys(), job.events());
    sender.send(message(job, Measured.warm())).await().indefinitely();
    Semaphore room = new Semaphore(UNCONFIRMED);
    tally.begin();
    for (int i = 0; i < job.events(); i++) {
      Measured event = Measured.at(i, load);
      room.acquireUninterruptibly();
      var unused =
          sender
              .send(message(job, event))
              .subscribe()
              .with(
                  confirmed -> {
                    room.release();
                    tally.handle(event.body());
                  },
                  failure -> room.release());
    }
    tally.await();
    container.close();
  }

  private static ProducerRecord<byte[], byte[]> message(Job job, Measured event) {
    ProducerRecord<byte[], byte[]> message =
        new ProducerRecord<>(job.channel(), event.key().getBytes(UTF_8), event.body());
    CONSTANT.forEach(message.headers()::add);
    message.headers().add("ce_id", UUID.randomUUID().toString().getBytes(UTF_8));
    message.headers().add("ce_time", Instant.now().toString().getBytes(UTF_8));
    return message;
  }

  /** What a service would have its emitter in. */
  @Singleton
  public static class Sender {
    private final MutinyEmitter<ProducerRecord<byte[], byte[]>> emitter;

    /**
     * Made by the container.
     *
     * @param emitter which keeps what the connector does not take yet
     */
    @Inject
    public Sender(
        @Channel(SmallRye.CHANNEL) @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
            MutinyEmitter<ProducerRecord<byte[], byte[]>> emitter) {
      this.emitter = emitter;
    }

    /**
     * Sends once somebody asks for the answer.
     *
     * @param message which
     * @return the confirmation
     */
    public Uni<Void> send(ProducerRecord<byte[], byte[]> message) {
      return emitter.send(message);
    }
  }
}
