package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.contestant.QueueNames;
import io.stagepost.benchmarks.contestant.Work;
import java.util.List;

/** The rows. What each compares, and why so, is told in docs/performance.md. */
final class Rows {
  private static final int HOT_KEYS = 1_000;
  private static final int MANY_KEYS = 10_000;

  /** Our default of handlers at once, and Parallel Consumer's. */
  private static final int DEFAULT = 16;

  private Rows() {}

  /**
   * All of them.
   *
   * @param events how many the quickest rows have; slower ones have a share of it
   */
  static List<Row> all(int events) {
    int cores = Runtime.getRuntime().availableProcessors();
    double ofRaw = Runtime.version().feature() >= 24 ? 0.9 : 0.8; // virtual threads from 24
    return List.of(
        new Row(
            "publish",
            Broker.Kind.KAFKA,
            "publish, 1 KiB, acks=all, Zipf keys",
            true,
            Load.zipf(HOT_KEYS, events),
            true,
            Work.none(),
            Contender.ours("ours-publish", 1),
            List.of(
                Contender.raw("raw-publish", 1, 0.95),
                Contender.smallRye("publish", "default", 1),
                Contender.smallRye("publish", "tuned", 1)),
            null),
        consume(
            "consume-noop",
            "consume, no-op handler, Zipf keys",
            true,
            Load.zipf(HOT_KEYS, events),
            Work.none(),
            DEFAULT,
            List.of(
                Contender.raw("raw-loop", 1, ofRaw),
                Contender.springKafka("default", 1, 1.2),
                Contender.springKafka("tuned", cores, 1.2),
                Contender.smallRye("consume", "default", 1),
                Contender.smallRye("consume", "tuned", cores))),
        consume(
            "consume-noop-small",
            "consume, no-op handler, Zipf keys, few events",
            false,
            Load.zipf(HOT_KEYS, events / 10),
            Work.none(),
            DEFAULT,
            List.of(
                Contender.parallelConsumer("default", DEFAULT, 40.0),
                Contender.parallelConsumer("tuned", DEFAULT, 40.0))),
        bounded(
            "wait-10ms-zipf",
            "consume, 10 ms waiting, Zipf keys, 256 at once",
            Load.zipf(HOT_KEYS, events / 50),
            Work.waiting(10_000),
            256,
            List.of(Contender.parallelConsumer("default", 256, null)),
            0.97),
        consume(
            "wait-1ms-zipf",
            "consume, 1 ms waiting, Zipf keys, 256 at once",
            true,
            Load.zipf(HOT_KEYS, events / 20),
            Work.waiting(1_000),
            256,
            List.of(
                Contender.parallelConsumer("default", DEFAULT, 1.4),
                Contender.parallelConsumer("default", 256, 1.4))),
        consume(
            "wait-10ms-uniform-256",
            "consume, 10 ms waiting, uniform keys, 256 at once",
            false,
            Load.uniform(MANY_KEYS, events / 4),
            Work.waiting(10_000),
            256,
            List.of(
                Contender.parallelConsumer("default", 256, 1.35),
                Contender.raw("raw-pool", 256, null))),
        consume(
            "wait-10ms-uniform-1000",
            "consume, 10 ms waiting, uniform keys, 1,000 at once",
            false,
            Load.uniform(MANY_KEYS, events / 3),
            Work.waiting(10_000),
            1_000,
            List.of(
                Contender.parallelConsumer("default", 1_000, 3.5),
                Contender.raw("raw-pool", 1_000, null))),
        consume(
            "compute-50us",
            "consume, 50 µs computing, Zipf keys",
            false,
            Load.zipf(HOT_KEYS, events / 5),
            Work.computing(50),
            DEFAULT,
            List.of(Contender.raw("raw-pool", DEFAULT, 0.9))),
        publishOverAmqp(
            "amqp-publish-keyed",
            "RabbitMQ: publish, 1 KiB, confirmed, Zipf keys, 8 quorum queues",
            Load.zipf(HOT_KEYS, events / 6),
            List.of(
                Contender.raw("raw-amqp-publish", 1, 0.95),
                Contender.springAmqp("publish", "default", false),
                Contender.springAmqp("publish", "tuned", true),
                Contender.springAmqp("publish", "1.0", true))),
        publishOverAmqp(
            "amqp-publish-" + QueueNames.UNKEYED,
            "RabbitMQ: publish, 1 KiB, confirmed, 1 quorum queue",
            Load.zipf(HOT_KEYS, events / 6),
            List.of(Contender.raw("raw-amqp-publish", 1, 0.95))),
        new Row(
            "amqp-consume",
            Broker.Kind.RABBITMQ,
            "RabbitMQ: consume, no-op handler, Zipf keys, 8 quorum queues",
            false,
            Load.zipf(HOT_KEYS, events / 6),
            false,
            Work.none(),
            Contender.ours("ours-amqp", DEFAULT),
            List.of(
                Contender.raw("raw-amqp", 1, 0.95),
                Contender.raw("raw-amqp-batches", 1, 0.95),
                Contender.springAmqp("consume", "default", true),
                Contender.springAmqp("consume", "tuned", true),
                Contender.springAmqp("consume", "1.0", true)),
            null));
  }

  private static Row publishOverAmqp(String name, String what, Load load, List<Contender> others) {
    return new Row(
        name,
        Broker.Kind.RABBITMQ,
        what,
        false,
        load,
        true,
        Work.none(),
        Contender.ours("ours-amqp-publish", 1),
        others,
        null);
  }

  private static Row consume(
      String name,
      String what,
      boolean quick,
      Load load,
      Work work,
      int concurrency,
      List<Contender> others) {
    return new Row(
        name,
        Broker.Kind.KAFKA,
        what,
        quick,
        load,
        false,
        work,
        Contender.ours("ours", concurrency),
        others,
        null);
  }

  private static Row bounded(
      String name,
      String what,
      Load load,
      Work work,
      int concurrency,
      List<Contender> others,
      double ofBound) {
    return new Row(
        name,
        Broker.Kind.KAFKA,
        what,
        false,
        load,
        false,
        work,
        Contender.ours("ours", concurrency),
        others,
        ofBound);
  }
}
