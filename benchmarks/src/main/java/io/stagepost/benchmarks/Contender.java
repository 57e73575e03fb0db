package io.stagepost.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * Who runs in a row, and how.
 *
 * @param name as in the report
 * @param launch what to start
 * @param concurrency how many handlers at once
 * @param ordered whether it promises that a key's events are handled one at a time and in order; if
 *     so, a run that breaks it fails
 * @param target the least ratio of ours to it that the project aims for; null if there is none
 */
record Contender(
    String name, Launch launch, int concurrency, boolean ordered, @Nullable Double target) {
  private static Launch here(String argument) {
    return new Launch("benchmarks", "io.stagepost.benchmarks.Contestants", argument);
  }

  static Contender ours(String contestant, int concurrency) {
    return new Contender("ours", here(contestant), concurrency, true, null);
  }

  static Contender raw(String contestant, int concurrency, @Nullable Double target) {
    boolean ordered = !contestant.equals("raw-pool");
    return new Contender(contestant, here(contestant), concurrency, ordered, target);
  }

  static Contender springKafka(String variant, int concurrency, double target) {
    return new Contender(
        "spring-kafka-" + variant,
        new Launch(
            "benchmarks/peers/spring-kafka", "io.stagepost.benchmarks.spring.SpringKafka", variant),
        concurrency,
        true,
        target);
  }

  static Contender smallRye(String work, String variant, int concurrency) {
    return peer("smallrye", "smallrye.SmallRye", work, variant, concurrency, true);
  }

  static Contender springAmqp(String work, String variant, boolean ordered) {
    return peer("spring-amqp", "springamqp.SpringAmqp", work, variant, 1, ordered);
  }

  /** One that consumes or publishes, and for which the project has no target. */
  private static Contender peer(
      String name,
      String mainClass,
      String work,
      String variant,
      int concurrency,
      boolean ordered) {
    return new Contender(
        name + "-" + variant,
        new Launch(
            "benchmarks/peers/" + name,
            "io.stagepost.benchmarks." + mainClass,
            work + "-" + variant),
        concurrency,
        ordered,
        null);
  }

  static Contender parallelConsumer(String variant, int concurrency, @Nullable Double target) {
    return new Contender(
        "parallel-consumer-" + (variant.equals("tuned") ? "tuned-" : "") + concurrency,
        new Launch(
            "benchmarks/peers/parallel-consumer",
            "io.stagepost.benchmarks.parallelconsumer.ParallelConsumer",
            variant),
        concurrency,
        true,
        target);
  }
}
