package io.stagepost.benchmarks;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.Measured;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.utils.AppInfoParser;

/** Kafka's topics that are measured: four partitions each, so that consumers can share them. */
final class Topics implements Broker {
  private static final int PARTITIONS = 4;

  private final KafkaFixture kafka;
  private final Admin admin;

  Topics(Path folder) {
    this.kafka = KafkaFixture.start(folder);
    this.admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
  }

  @Override
  public String name() {
    return "Kafka " + AppInfoParser.getVersion();
  }

  @Override
  public String address() {
    return kafka.bootstrapServers();
  }

  @Override
  public boolean keepsEvents() {
    return true;
  }

  @Override
  public double warmSeconds() {
    return 3;
  }

  @Override
  public void create(String topic) throws InterruptedException, ExecutionException {
    admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
  }

  @Override
  public void fill(String topic, Load load) {
    fill(KafkaTransport.to(address()), topic, load);
  }

  /** Publishes a whole load by that transport. */
  static void fill(Transport transport, String channel, Load load) {
    EventType<Measured> type = Events.on(channel);
    try (Messaging messaging = Messaging.over(transport)) {
      CompletableFuture<?>[] confirmed = new CompletableFuture<?>[load.events()];
      for (int i = 0; i < confirmed.length; i++) {
        confirmed[i] = messaging.publish(type.event(Measured.at(i, load)));
      }
      CompletableFuture.allOf(confirmed).join();
    }
  }

  @Override
  public void delete(String topic, long left) throws InterruptedException, ExecutionException {
    admin.deleteTopics(List.of(topic)).all().get();
  }

  @Override
  public void close() {
    admin.close();
    kafka.close();
  }
}
