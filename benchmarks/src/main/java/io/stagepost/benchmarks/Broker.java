package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Load;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** A broker that rows are measured on, with the channels that they need. */
interface Broker extends AutoCloseable {
  /** Which one. */
  enum Kind {
    KAFKA,
    RABBITMQ
  }

  /** What it is, for people. */
  String name();

  /** Where it is, for a job. */
  String address();

  /** Whether a channel still has its events when they were consumed. */
  boolean keepsEvents();

  /**
   * So long a contestant runs before its first round that counts: 150,000 events or more, by when
   * its code is nearly all compiled.
   */
  double warmSeconds();

  void create(String channel) throws Exception;

  /** Publishes a whole load, and waits until it is confirmed. */
  void fill(String channel, Load load);

  /**
   * Deletes a channel, so that its pages need not be written back while the next contestant runs.
   *
   * @param left how many events must lie there, as far as the broker tells
   */
  void delete(String channel, long left) throws Exception;

  @Override
  void close();

  /** Brokers, each started when it is first asked for; all end together. */
  final class Started implements AutoCloseable {
    private final Path folder;
    private final Options options;
    private final Map<Kind, Broker> brokers = new EnumMap<>(Kind.class);

    Started(Path folder, Options options) {
      this.folder = folder;
      this.options = options;
    }

    Broker of(Kind kind) {
      return brokers.computeIfAbsent(
          kind,
          missing ->
              switch (missing) {
                case KAFKA -> new Topics(folder.resolve("kafka"));
                case RABBITMQ -> new Queues(folder.resolve("rabbitmq"), options.rabbitMq());
              });
    }

    @Override
    public void close() {
      brokers.values().forEach(Broker::close);
    }
  }
}
