package io.stagepost.benchmarks.springamqp;

import io.stagepost.benchmarks.contestant.Driver;
import java.io.IOException;

/** Spring AMQP: the main class of its JVMs. */
public final class SpringAmqp {
  private SpringAmqp() {}

  /**
   * Serves as one of its contestants.
   *
   * @param args consume or publish, and how: default, tuned, or by AMQP 1.0
   * @throws IOException if the harness cannot be read
   */
  public static void main(String[] args) throws IOException {
    Driver.serve(
        switch (args[0]) {
          case "consume-default" -> Consuming::byDefault;
          case "consume-tuned" -> Consuming::tuned;
          case "consume-1.0" -> Consuming::overAmqp10;
          case "publish-default" -> Publishing::byDefault;
          case "publish-tuned" -> Publishing::tuned;
          case "publish-1.0" -> Publishing::overAmqp10;
          default -> throw new IllegalArgumentException("No contestant " + args[0]);
        });
  }
}
