package io.stagepost.prove;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Messaging;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * What a process of the run is told when it starts.
 *
 * @param name of the process
 * @param dialect of the database
 * @param url of the database, by way of the process's proxy
 * @param kafka the broker, by way of its proxy
 * @param rate transactions a second, for writers
 * @param pipelined whether relays send a key's next row before the last is answered
 * @param mutation what is broken on purpose
 * @param directory of the run
 */
record Wiring(
    String name,
    Dialect dialect,
    String url,
    String user,
    String password,
    String kafka,
    int rate,
    boolean pipelined,
    Mutation mutation,
    Path directory) {
  /** As short as a slow machine allows, so that a stopped relay loses its shards soon. */
  private static final Duration PUBLISH_TIMEOUT = Duration.ofSeconds(2);

  private static final int PARTITIONS = 6;

  static Wiring of(String... arguments) {
    return new Wiring(
        arguments[0],
        Objects.requireNonNull(Dialect.of(arguments[1])),
        arguments[2],
        arguments[3],
        arguments[4],
        arguments[5],
        Integer.parseInt(arguments[6]),
        Boolean.parseBoolean(arguments[7]),
        Mutation.valueOf(arguments[8]),
        Path.of(arguments[9]));
  }

  List<String> arguments() {
    return List.of(
        name,
        dialect.word(),
        url,
        user,
        password,
        kafka,
        Integer.toString(rate),
        Boolean.toString(pipelined),
        mutation.name(),
        directory.toString());
  }

  Messaging messaging() {
    return messaging(UnaryOperator.identity());
  }

  /** With the transport as it is watched. */
  Messaging messaging(UnaryOperator<Transport> watched) {
    Transport kafkaTransport =
        KafkaTransport.builder()
            .bootstrapServers(kafka)
            .partitions(PARTITIONS)
            .consumerProperty("session.timeout.ms", "6000")
            .consumerProperty("heartbeat.interval.ms", "1000")
            .consumerProperty(
                "max.poll.interval.ms", "30000") // for so long a group waits for who is gone
            .build();
    return Messaging.builder(watched.apply(kafkaTransport)).publishTimeout(PUBLISH_TIMEOUT).build();
  }

  /** A pool that is there before the database is. */
  HikariDataSource pool(int size) {
    HikariConfig pool = new HikariConfig();
    pool.setDataSource(dialect.dataSource(this));
    pool.setMaximumPoolSize(size);
    pool.setConnectionTimeout(5_000);
    pool.setInitializationFailTimeout(-1);
    return new HikariDataSource(pool);
  }
}
