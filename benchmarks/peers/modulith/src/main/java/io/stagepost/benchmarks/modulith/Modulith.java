package io.stagepost.benchmarks.modulith;

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
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Spring Modulith: an application event that is published in the transaction, and whose listener
 * sends it to Kafka after it and waits, with its publication in a JDBC table; a backlog is what a
 * process finds when it starts. {@code default}: as it comes, but for sending again what is
 * outstanding at the start, which is asked for. {@code tuned}: 32 threads instead of 8, a pool of
 * 48 connections, and completed publications are deleted instead of marked.
 *
 * <p>It keeps no order. While nothing is to be relayed, an application writes whose executor drops
 * what it is given.
 */
public final class Modulith implements Postbox {
  private static final List<String> TUNED =
      List.of(
          "--spring.task.execution.pool.core-size=32",
          "--spring.modulith.events.completion-mode=delete",
          "--spring.modulith.events.republish-outstanding-events-on-restart=true",
          "--spring.datasource.hikari.maximum-pool-size=48");

  private static final List<String> DEFAULT =
      List.of(
          "--spring.modulith.events.republish-outstanding-events-on-restart=true",
          "--spring.datasource.hikari.maximum-pool-size=" + Place.CONNECTIONS);

  private static final List<String> IDLE =
      List.of(
          "--letters.idle=true",
          "--spring.datasource.hikari.maximum-pool-size=" + Place.CONNECTIONS);

  private final boolean tuned;
  private @Nullable Place place;
  private @Nullable ConfigurableApplicationContext context;
  private @Nullable Application application;

  private Modulith(boolean tuned) {
    this.tuned = tuned;
  }

  /**
   * Serves.
   *
   * @param args default or tuned
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    PostboxDriver.serve(() -> new Modulith(args[0].equals("tuned")));
  }

  /** The application. */
  @SpringBootConfiguration
  @EnableAutoConfiguration
  static class Letters {
    @Bean
    Sender sender(KafkaTemplate<Object, Object> kafka, @Value("${letters.topic}") String topic) {
      return new Sender(kafka, topic);
    }

    /** Instead of the one that would run listeners. */
    @Bean(name = {"applicationTaskExecutor", "taskExecutor"})
    @ConditionalOnProperty("letters.idle")
    AsyncTaskExecutor dropping() {
      return task -> {};
    }
  }

  /**
   * The event.
   *
   * @param key of the letter
   * @param text of the letter
   */
  record Written(String key, String text) {}

  /** Listens, sends, and waits for the confirmation. */
  static class Sender {
    private final KafkaTemplate<Object, Object> kafka;
    private final String topic;

    Sender(KafkaTemplate<Object, Object> kafka, String topic) {
      this.kafka = kafka;
      this.topic = topic;
    }

    @ApplicationModuleListener
    void on(Written letter) {
      kafka.send(topic, letter.key(), letter.text()).join();
    }
  }

  /** What writing needs. */
  private record Application(
      ApplicationEventPublisher events, DataSource dataSource, TransactionTemplate transaction) {}

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
            "--spring.modulith.events.jdbc.schema-initialization.enabled=true",
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
            started,
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
            writer.events.publishEvent(new Written(letter.keyText(), letter.text()));
          }
        });
  }

  private synchronized Application writer() {
    return application == null ? run(IDLE) : application;
  }

  @Override
  public void start() {
    close();
    run(tuned ? TUNED : DEFAULT);
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
