package io.stagepost.benchmarks;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** The topics that are measured: four partitions each, so that consumers can share them. */
final class Topics implements AutoCloseable {
  private static final int PARTITIONS = 4;

  private final String bootstrapServers;
  private final Admin admin;

  Topics(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  void create(String topic) throws InterruptedException, ExecutionException {
    admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
  }

  /** Publishes a whole load. */
  void fill(String topic, Load load) {
    EventType<Events.Measured> type = Events.on(topic);
    try (Messaging messaging = Messaging.over(KafkaTransport.to(bootstrapServers))) {
      CompletableFuture<?>[] confirmed = new CompletableFuture<?>[load.events()];
      for (int i = 0; i < confirmed.length; i++) {
        confirmed[i] = messaging.publish(type.event(Events.at(i, load)));
      }
      CompletableFuture.allOf(confirmed).join();
    }
  }

  /** Deletes a topic: its pages need not be written back while the next contestant runs. */
  void delete(String topic) throws InterruptedException, ExecutionException {
    admin.deleteTopics(List.of(topic)).all().get();
  }

  @Override
  public void close() {
    admin.close();
  }
}
