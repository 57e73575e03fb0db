package io.stagepost.benchmarks.namastack;

import io.namastack.outbox.Outbox;
import io.namastack.outbox.handler.OutboxHandler;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.benchmarks.contestant.outbox.PostboxDriver;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * namastack-outbox on JDBC in a Spring Boot application, with a handler that sends and waits for
 * the confirmation, as its Kafka module does. {@code default}: as it comes (10 keys every 2 s).
 * {@code tuned}: as in its own performance test, and looking more often: 1,000 keys every 10 ms, 16
 * to 32 threads, a pool of 48 connections.
 *
 * <p>While nothing is to be relayed, an application writes that polls once an hour.
 */
public final class Namastack implements Postbox {
  private static final List<String> TUNED =
      List.of(
          "--namastack.outbox.polling.batch-size=1000",
          "--namastack.outbox.polling.fixed.interval=10ms",
          "--namastack.outbox.processing.executor-core-pool-size=16",
          "--namastack.outbox.processing.executor-max-pool-size=32",
          "--namastack.outbox.processing.delete-completed-records=true",
          "--spring.datasource.hikari.maximum-pool-size=48");

  private static final List<String> IDLE =
      List.of(
          "--namastack.outbox.polling.fixed.interval=1h",
          "--spring.datasource.hikari.maximum-pool-size=" + Place.CONNECTIONS);

  private final boolean tuned;
  private @Nullable Place place;
  private @Nullable ConfigurableApplicationContext context;
  private @Nullable Application application;

  private Namastack(boolean tuned) {
    this.tuned = tuned;
  }

  /**
   * Serves.
   *
   * @param args default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    PostboxDriver.serve(() -> new Namastack(args[0].equals("tuned")));
  }

  /** The application. */
  @SpringBootConfiguration
  @EnableAutoConfiguration
  static class Letters {
    @Bean
    OutboxHandler handler(
        KafkaTemplate<Object, Object> kafka, @Value("${letters.topic}") String topic) {
      return (payload, metadata) -> kafka.send(topic, metadata.getKey(), payload).join();
    }
  }

  /** What writing needs. */
  private record Application(
      Outbox outbox, DataSource dataSource, TransactionTemplate transaction) {}

  @Override
  public void open(Place there) {
    place = there;
  }

  private Application run(List<String> settings) {
    Place there = place;
    if (there == null) {
      throw new IllegalStateException("Not open");
    }
    List<String> arguments = new ArrayList<>(settings);
    arguments.addAll(
        List.of(
            "--letters.topic=" + there.topic(),
            "--logging.level.root=ERROR",
            "--spring.main.banner-mode=off",
            "--spring.datasource.url=" + there.database(),
            "--spring.datasource.username=" + there.user(),
            "--spring.datasource.password=",
            "--spring.kafka.bootstrap-servers=" + there.brokers(),
            "--spring.kafka.producer.value-serializer="
                + "org.apache.kafka.common.serialization.StringSerializer"));
    ConfigurableApplicationContext started =
        new SpringApplicationBuilder(Letters.class)
            .web(WebApplicationType.NONE)
            .run(arguments.toArray(String[]::new));
    context = started;
    application =
        new Application(
            started.getBean(Outbox.class),
            started.getBean(DataSource.class),
            new TransactionTemplate(started.getBean(PlatformTransactionManager.class)));
    return application;
  }

  @Override
  public void write(Change change, List<Letter> letters) {
    Application writer = writer();
    writer.transaction.executeWithoutResult(
        status -> {
          Connection connection = DataSourceUtils.getConnection(writer.dataSource);
          try {
            change.in(connection);
          } catch (SQLException failure) {
            throw new IllegalStateException(failure);
          } finally {
            DataSourceUtils.releaseConnection(connection, writer.dataSource);
          }
          for (Letter letter : letters) {
            writer.outbox.schedule(letter.text(), letter.keyText());
          }
        });
  }

  private synchronized Application writer() {
    return application == null ? run(IDLE) : application;
  }

  @Override
  public void start() {
    close();
    run(
        tuned
            ? TUNED
            : List.of("--spring.datasource.hikari.maximum-pool-size=" + Place.CONNECTIONS));
  }

  @Override
  public void close() {
    if (context != null) {
      context.close();
      context = null;
      application = null;
    }
  }
}
