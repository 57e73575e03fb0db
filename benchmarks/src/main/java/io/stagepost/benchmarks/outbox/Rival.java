package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.Launch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who takes part.
 *
 * @param name as in the report
 * @param launch what to start
 * @param drainTarget the least ratio of our drain to its own that the project aims for; null if
 *     there is none
 */
record Rival(String name, Launch launch, @Nullable Double drainTarget) {
  /** What a poller must be beaten by. */
  private static final double POLLER = 30;

  private static final double DEBEZIUM = 3;

  private static Launch here(String argument) {
    return new Launch("benchmarks", "io.stagepost.benchmarks.outbox.OutboxContestants", argument);
  }

  static final Rival OURS = new Rival("ours", here("ours"), null);

  /** Ours in a second JVM, which only relays. */
  static final Rival RELAY = new Rival("relay", here("relay"), null);

  /** Those that read the database's log, each as it comes and tuned. */
  static final List<Rival> LOG_READERS =
      List.of(
          peer("debezium", "debezium.Debezium", "default", DEBEZIUM),
          peer("debezium", "debezium.Debezium", "tuned", DEBEZIUM));

  /** Those that poll the table. */
  static final List<Rival> POLLERS =
      List.of(
          peer("gruelbox", "gruelbox.Gruelbox", "default", POLLER),
          peer("gruelbox", "gruelbox.Gruelbox", "tuned", POLLER),
          peer("namastack", "namastack.Namastack", "default", POLLER),
          peer("namastack", "namastack.Namastack", "tuned", POLLER),
          peer("modulith", "modulith.Modulith", "default", POLLER),
          peer("modulith", "modulith.Modulith", "tuned", POLLER));

  static final Rival INBOX = new Rival("inbox", here("inbox"), null);
  static final Rival INBOX_BY_HAND = new Rival("by-hand", here("inbox-by-hand"), null);

  /** Fetches and deletes, and sends nothing. */
  static final Rival CEILING = new Rival("fetch-and-delete", here("fetch-and-delete"), 0.8);

  /** Kafka alone, with the client's linger and without. */
  static final List<Rival> BARE =
      List.of(
          new Rival("bare-kafka", here("bare-kafka"), null),
          new Rival("bare-kafka-no-linger", here("bare-kafka-no-linger"), null));

  private static Rival peer(String module, String mainClass, String variant, double target) {
    return new Rival(
        module + "-" + variant,
        new Launch("benchmarks/peers/" + module, "io.stagepost.benchmarks." + mainClass, variant),
        target);
  }
}
