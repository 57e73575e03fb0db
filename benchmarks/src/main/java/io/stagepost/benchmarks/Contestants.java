package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Driver;
import java.io.IOException;

/** The contestants of this module: the main class of their JVMs. */
public final class Contestants {
  private Contestants() {}

  /**
   * Serves as one of them.
   *
   * @param args its name
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    Driver.serve(
        switch (args[0]) {
          case "ours" -> Consuming::ours;
          case "raw-loop" -> Consuming::rawLoop;
          case "raw-pool" -> RawPool::run;
          case "ours-publish" -> Publishing::ours;
          case "raw-publish" -> Publishing::raw;
          case "ours-amqp" -> Consuming::oursOverAmqp;
          case "raw-amqp" -> RawAmqp::consume;
          case "raw-amqp-batches" -> RawAmqp::consumeInBatches;
          case "ours-amqp-publish" -> Publishing::oursOverAmqp;
          case "raw-amqp-publish" -> RawAmqp::publish;
          default -> throw new IllegalArgumentException("No contestant " + args[0]);
        });
  }
}
