package io.stagepost.benchmarks.service.ours;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.Relay;
import io.stagepost.schema.Json;
import java.io.IOException;

/** Relays an outbox and handles greetings, until its input ends. */
public final class Service {
  record Greeting(String name, String text) {}

  private static final EventType<Greeting> GREETING =
      EventType.of("com.example.greeting.v1", Greeting.class)
          .source("urn:example:greeter")
          .channel("greetings")
          .key(Greeting::name)
          .codec(Json.codec());

  private Service() {}

  /**
   * Serves; prints {@code handled} for each greeting.
   *
   * @param args bootstrap servers, JDBC URL, its user, group
   * @throws IOException if the input cannot be read
   */
  public static void main(String[] args) throws IOException {
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl(args[1]);
    pool.setUsername(args[2]);
    try (HikariDataSource dataSource = new HikariDataSource(pool);
        Messaging messaging = Messaging.over(KafkaTransport.to(args[0]))) {
      Relay relay = Outbox.over(messaging, dataSource).relay().start();
      messaging.subscribe(args[3]).on(GREETING, event -> handle(event.data())).start();
      int unused = System.in.read();
      relay.close();
    }
  }

  private static void handle(Greeting greeting) {
    System.out.println(greeting.name().isEmpty() ? "nobody" : "handled");
  }
}
