package io.stagepost.benchmarks.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** No database at all: sends, and waits for the confirmation. What no outbox can go below. */
final class BareKafka implements Postbox {
  private final Map<String, Object> settings;
  private String topic = "";
  private @Nullable KafkaProducer<byte[], byte[]> producer;

  /**
   * One.
   *
   * @param settings of its producer that are not the client's defaults
   */
  BareKafka(Map<String, Object> settings) {
    this.settings = settings;
  }

  @Override
  public void open(Place place) {
    topic = place.topic();
    Map<String, Object> all = new HashMap<>(settings);
    all.put("bootstrap.servers", place.brokers());
    producer = new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public void write(Change change, List<Letter> letters) throws Exception {
    KafkaProducer<byte[], byte[]> to = producer;
    if (to == null) {
      throw new IllegalStateException("Not open");
    }
    List<Future<?>> sent = new ArrayList<>();
    for (Letter letter : letters) {
      sent.add(
          to.send(new ProducerRecord<>(topic, letter.keyText().getBytes(UTF_8), letter.bytes())));
    }
    for (Future<?> each : sent) {
      each.get();
    }
  }

  @Override
  public void start() {}

  @Override
  public void close() {
    if (producer != null) {
      producer.close();
    }
  }
}
